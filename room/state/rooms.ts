import { formatNumber } from "../../text/number.ts";
import { ChatError } from "../errors.ts";
import { LOBBY } from "../lobby.ts";
import { checkNewName } from "../name_rule.ts";
import { checkName, foldName, type Note } from "../note.ts";
import { listRooms, type RoomList } from "../room_list.ts";
import { Wakeup } from "../wakeup.ts";
import type { LogStore } from "./log.ts";
import { Room, type RoomOptions } from "./room.ts";
import type { Segment } from "./segment.ts";

/** What rooms need from the world, and their bounds. */
export interface RoomsOptions extends RoomOptions {
  /** How many rooms there may be besides the lobby, those included that the store holds already. */
  readonly maxRooms: number;
}

/** How a room is asked for. */
export interface RoomUseOptions {
  /** Called before a new room is made; it throws to prevent that. With `false`, none is made. */
  readonly create: (() => void) | false;
}

/** A room that is there for as long as this is not disposed. */
export interface RoomUse extends Disposable {
  /** The room. */
  readonly room: Room;
}

/** A room that somebody has asked for. */
interface Entry {
  readonly room: Promise<Room>;
  /** How many use it, or are about to. */
  uses: number;
}

/** A room that somebody reads among all others. */
interface Followed extends Disposable {
  /** The position of the next note. */
  next: number;
}

/**
 * All rooms of a server, each made when somebody first asks for it. One where nobody has ever
 * spoken is gone once nobody uses it; the others stay until they are removed. The lobby is always
 * there.
 */
export class Rooms {
  readonly #store: LogStore;
  readonly #options: RoomsOptions;
  readonly #rooms = new Map<string, Entry>();
  /** The rooms that the store has, open or not, and those that are in use. */
  readonly #known: Set<string>;
  /** The rooms that are being removed; each promise resolves when that is over. */
  readonly #removing = new Map<string, Promise<void>>();
  /** All known rooms in order, until they change. */
  #sorted: readonly string[] | undefined;
  /** What was listed last, while that is news. */
  #list: RoomList | undefined;
  /** The rooms that are open, and where each one's head was then. */
  readonly #open = new Map<Room, number>();
  readonly #wakeups = new Set<Wakeup>();

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

  /** Returns the lobby. */
  async lobby(): Promise<Room> {
    while (this.#removing.has(LOBBY)) await this.#removing.get(LOBBY);
    return await this.#entry(LOBBY).room;
  }

  /**
   * Returns the room called `name`, whatever its case, for as long as it is used; an empty name is
   * the lobby.
   *
   * @throws {ChatError} `invalid`, if the name is; `too_large`, if there are too many rooms;
   * `missing`, if there is none, and none is to be made.
   */
  async use(name: string, { create }: RoomUseOptions): Promise<RoomUse> {
    const key = foldName(name) || LOBBY;
    while (this.#removing.has(key)) await this.#removing.get(key);
    if (key !== LOBBY && !this.#known.has(key)) this.#checkNew(key, create);
    const entry = this.#entry(key);
    entry.uses++; // From here on: it must not go while it is being opened.
    const room = await entry.room;
    const use = new DisposableStack();
    use.defer(() => void this.#leave(key, entry, room));
    return { room, [Symbol.dispose]: () => use.dispose() };
  }

  /**
   * Removes the room called `name` with all that was said in it, for good, and returns how many
   * notes that were. A use that begins meanwhile waits, and gets a new room.
   *
   * @param onClosed Called when the room takes nobody any more: sends away those who are in it.
   * @throws {ChatError} `missing`, if there is none; `unavailable`, if it cannot be removed.
   */
  async remove(name: string, onClosed: () => void): Promise<number> {
    const key = foldName(name) || LOBBY;
    while (this.#removing.has(key)) await this.#removing.get(key);
    if (!this.#known.has(key)) throw new ChatError("missing", `There is no room "${key}"`);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#removing.set(key, promise);
    try {
      const entry = this.#rooms.get(key);
      this.#rooms.delete(key);
      const room = await entry?.room.catch(() => undefined); // There is none then.
      if (room) this.#close(room);
      onClosed();
      await room?.settle();
      const notes = await this.#store.remove(key);
      this.#forget(key);
      return notes;
    } finally {
      this.#removing.delete(key);
      resolve();
    }
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
    const wakeup = new Wakeup();
    const followed = new Map<Room, Followed>();
    const follow = (room: Room, head: number) => {
      followed.set(room, Object.assign(room.subscribe(wakeup), { next: head + 1 }));
    };
    for (const room of this.#open.keys()) follow(room, room.head);
    using stack = new DisposableStack();
    this.#wakeups.add(wakeup);
    stack.defer(() => {
      this.#wakeups.delete(wakeup);
      for (const each of followed.values()) each[Symbol.dispose]();
    });
    while (true) {
      for (const [room, head] of this.#open) if (!followed.has(room)) follow(room, head);
      let anything = false;
      for (const [room, place] of followed) {
        signal.throwIfAborted();
        if (!this.#open.has(room)) {
          place[Symbol.dispose]();
          followed.delete(room);
          continue;
        }
        const segment = await this.#segmentAt(room, place.next);
        if (!segment) continue;
        anything = true;
        place.next = segment.end;
        const notes = segment.notesFor(undefined);
        if (notes.length > 0) yield { room: room.name, notes };
      }
      if (!anything) await wakeup.wait(signal);
    }
  }

  /** Drops what is beyond retention, in all rooms that are open. */
  async trim(): Promise<void> {
    for (const room of this.#open.keys()) await room.trim().catch(this.#options.onError);
  }

  /** Checks that there may be one more room. */
  #checkNew(name: string, make: RoomUseOptions["create"]): void {
    checkName(name, "Room");
    checkNewName(name, "Room");
    if (!make) throw new ChatError("missing", `There is no room "${name}" yet`);
    const { maxRooms } = this.#options;
    if (this.#known.size - Number(this.#known.has(LOBBY)) >= maxRooms) {
      throw new ChatError(
        "too_large",
        `Cannot make room "${name}": there are ${formatNumber(maxRooms)} already`,
      );
    }
    make();
  }

  #entry(name: string): Entry {
    const there = this.#rooms.get(name);
    if (there) return there;
    const entry = { room: this.#create(name), uses: 0 };
    this.#rooms.set(name, entry);
    entry.room.catch(() => {
      if (this.#rooms.get(name) === entry) this.#rooms.delete(name); // Whoever asked may try again.
    });
    return entry;
  }

  async #create(name: string): Promise<Room> {
    const isNew = !this.#known.has(name);
    if (isNew) this.#know(name);
    const log = await this.#store.open(name).catch((error) => {
      if (isNew) this.#forget(name); // There is none after all.
      throw error;
    });
    const room = await Room.open(name, log, this.#options);
    this.#open.set(room, room.head);
    this.#notify();
    return room;
  }

  /** Ends a use of a room; the last one is the end of a room where nobody has ever spoken. */
  async #leave(name: string, entry: Entry, room: Room): Promise<void> {
    await room.settle(); // What is under way may be its first note.
    if (--entry.uses > 0 || room.head > 0 || name === LOBBY) return;
    if (this.#rooms.get(name) !== entry) return; // It has been removed.
    this.#rooms.delete(name);
    this.#close(room);
    this.#forget(name);
    await this.#store.remove(name).catch(this.#options.onError);
  }

  /** Takes the notes of a room at a position; none of one that is removed meanwhile. */
  async #segmentAt(room: Room, next: number): Promise<Segment | undefined> {
    try {
      return await room.segmentAt(next);
    } catch (error) {
      if (this.#open.has(room)) throw error;
      return undefined;
    }
  }

  #close(room: Room): void {
    room.close();
    this.#open.delete(room);
    this.#notify(); // Readers of all rooms let go of it.
  }

  #notify(): void {
    for (const wakeup of this.#wakeups) wakeup.notify();
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
