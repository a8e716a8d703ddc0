import { Bell } from "./bell.ts";
import { ChatError } from "./errors.ts";
import { LOBBY } from "./lobby.ts";
import type { LogStore } from "./log.ts";
import { checkNewName } from "./name_rule.ts";
import { checkName, foldName, type Note } from "./note.ts";
import { Room, type RoomOptions } from "./room.ts";
import { listRooms, type RoomList } from "./room_list.ts";

/** What rooms need from the world, and their bounds. */
export interface RoomsOptions extends RoomOptions {
  /** How many rooms there may be, those included that the store holds already. */
  readonly maxRooms: number;
}

/** All rooms of a server, each made when somebody first asks for it. */
export class Rooms {
  readonly #store: LogStore;
  readonly #options: RoomsOptions;
  readonly #rooms = new Map<string, Promise<Room>>();
  /** The rooms that the store has, open or not. */
  readonly #known: Set<string>;
  /** The same in order, until there is another one. */
  #sorted: readonly string[] | undefined;
  /** What was listed last, while that is news. */
  #list: RoomList | undefined;
  /** The rooms that are open, and where each one's head was then. */
  readonly #open = new Map<Room, number>();
  readonly #bells = new Set<Bell>();

  private constructor(store: LogStore, options: RoomsOptions, known: Iterable<string>) {
    this.#store = store;
    this.#options = options;
    this.#known = new Set(known);
  }

  /** Opens the rooms of `store`. */
  static async open(store: LogStore, options: RoomsOptions): Promise<Rooms> {
    return new Rooms(store, options, await store.rooms());
  }

  /** How many rooms there are. */
  get size(): number {
    return this.#known.size;
  }

  /** How many people are in them, each as often as they are in a room. */
  get members(): number {
    let members = 0;
    for (const { roster } of this.#open.keys()) members += roster.size;
    return members;
  }

  /**
   * Returns the room called `name`, whatever its case; an empty name is the lobby.
   *
   * @param make Whether to make it if there is none; there is always a lobby.
   * @throws {ChatError} `invalid`, if the name is; `too_large`, if there are too many rooms;
   * `missing`, if there is none, and none is to be made.
   */
  // deno-lint-ignore require-await -- so that what it throws is a rejection
  async get(name: string, { make = true }: { readonly make?: boolean } = {}): Promise<Room> {
    const key = foldName(name) || LOBBY;
    if (!make && key !== LOBBY && !this.#known.has(key)) {
      checkName(key, "Room");
      throw new ChatError("missing", `There is no room "${key}" yet`);
    }
    let room = this.#rooms.get(key);
    if (!room) {
      room = this.#make(key);
      this.#rooms.set(key, room);
      room.catch(() => this.#rooms.delete(key)); // Whoever asked gets the error, and may try again.
    }
    return room;
  }

  /**
   * Lists the rooms. All who ask at once get the same object, so an edge can encode it once
   * and remember that by its identity.
   */
  list(): RoomList {
    if (!this.#list) {
      const members = new Map<string, number>();
      for (const { name, roster } of this.#open.keys()) {
        if (roster.size > 0) members.set(name, roster.size);
      }
      this.#sorted ??= [...this.#known].sort();
      this.#list = listRooms(this.#sorted, members);
      this.#options.defer(() => this.#list = undefined);
    }
    return this.#list;
  }

  /** Reads what is said to all from now on in any room. Ends by throwing the reason of `signal`. */
  async *read(
    signal: AbortSignal,
  ): AsyncGenerator<{ room: string; notes: readonly Note[] }, never> {
    const bell = new Bell();
    const places = new Map<Room, number>();
    for (const room of this.#open.keys()) places.set(room, room.head + 1);
    using stack = new DisposableStack();
    this.#bells.add(bell);
    stack.defer(() => this.#bells.delete(bell));
    const listening = new Set<Room>();
    while (true) {
      let anything = false;
      for (const [room, headWhenOpened] of this.#open) {
        if (!listening.has(room)) stack.use(room.listen(bell));
        listening.add(room);
        signal.throwIfAborted();
        const run = await room.take(places.get(room) ?? headWhenOpened + 1);
        if (!run) continue;
        anything = true;
        places.set(room, run.end);
        const notes = run.notesFor(undefined);
        if (notes.length > 0) yield { room: room.name, notes };
      }
      if (!anything) await bell.wait(signal);
    }
  }

  /** Drops what is beyond retention, in all rooms that are open. */
  async trim(): Promise<void> {
    for (const room of this.#open.keys()) await room.trim().catch(this.#options.onError);
  }

  async #make(name: string): Promise<Room> {
    checkName(name, "Room");
    const { maxRooms } = this.#options;
    if (!this.#known.has(name) && this.#known.size >= maxRooms) {
      throw new ChatError("too_large", `Cannot make room "${name}": there are ${maxRooms} already`);
    }
    const isNew = !this.#known.has(name);
    if (isNew) checkNewName(name, "Room");
    if (isNew) this.#know(name);
    const log = await this.#store.open(name).catch((error) => {
      if (isNew) this.#forget(name); // There is none after all.
      throw error;
    });
    const room = await Room.open(name, log, this.#options);
    this.#open.set(room, room.head);
    for (const bell of this.#bells) bell.ring();
    return room;
  }

  #know(name: string): void {
    this.#known.add(name);
    this.#sorted = undefined;
  }

  #forget(name: string): void {
    this.#known.delete(name);
    this.#sorted = undefined;
  }
}
