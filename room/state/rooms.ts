import { formatNumber } from "../../text/number.ts";
import { LOBBY } from "../defaults.ts";
import { ChatError } from "../errors.ts";
import { checkNewName } from "../name_rule.ts";
import { checkName, foldName, type Note } from "../note.ts";
import { listRooms, type RoomList } from "../room_list.ts";
import { Wakeup } from "../wakeup.ts";
import type { LogStore } from "./log.ts";
import { Room, type RoomOptions } from "./room.ts";
import type { Segment } from "./segment.ts";

/** The dependencies and bounds of rooms. */
export interface RoomsOptions extends RoomOptions {
  /** The most rooms besides the lobby, including those already in the store. */
  readonly maxRooms: number;
}

/** Options of getting a room. */
export interface RoomUseOptions {
  /**
   * What to do if there is no such room. A function is called before it is created, and may throw to
   * prevent that. `wait` opens it for a reader without creating it: it is empty, and not listed,
   * until somebody else creates it. `refuse` throws.
   */
  readonly ifMissing: (() => void) | "wait" | "refuse";
}

/** A room in use. It stays open until this is disposed. */
export interface RoomUse extends Disposable {
  readonly room: Room;
}

/** A requested room. */
interface Entry {
  readonly room: Promise<Room>;
  /** The number of users, including those about to use it. */
  uses: number;
}

/** The position of a reader of all rooms in one of them. */
interface Followed extends Disposable {
  /** The position of the next note. */
  next: number;
}

/**
 * All rooms of a server, each opened on first use. A room without notes disappears when it is no
 * longer in use; the others stay until they are removed. The lobby always exists.
 */
export class Rooms {
  readonly #store: LogStore;
  readonly #options: RoomsOptions;
  readonly #rooms = new Map<string, Entry>();
  /** The rooms in the store, open or not, and those in use: folded name → name as it is spelled. */
  readonly #known: Map<string, string>;
  /** The rooms that readers wait for, by folded name. */
  readonly #awaited = new Set<string>();
  /** The rooms being removed. Each promise resolves when the removal is over. */
  readonly #removing = new Map<string, Promise<void>>();
  /** All known rooms, sorted; undefined after a change. */
  #sorted: readonly string[] | undefined;
  /** The last list; undefined once it is outdated. */
  #list: RoomList | undefined;
  /** The open rooms, and each one's head when it was opened. */
  readonly #open = new Map<Room, number>();
  readonly #wakeups = new Set<Wakeup>();

  private constructor(store: LogStore, options: RoomsOptions, known: Iterable<string>) {
    this.#store = store;
    this.#options = options;
    this.#known = new Map(Array.from(known, (name) => [foldName(name), name]));
    if (this.#known.has(LOBBY)) this.#known.set(LOBBY, LOBBY);
  }

  /** Opens the rooms of `store`. */
  static async open(store: LogStore, options: RoomsOptions): Promise<Rooms> {
    return new Rooms(store, options, await store.rooms());
  }

  /** The number of rooms. */
  get size(): number {
    return this.#known.size;
  }

  /** The number of people in rooms, counted once per room. */
  get members(): number {
    let members = 0;
    for (const { roster } of this.#open.keys()) members += roster.size;
    return members;
  }

  /** Returns the lobby. */
  async lobby(): Promise<Room> {
    while (this.#removing.has(LOBBY)) await this.#removing.get(LOBBY);
    return await this.#lobbyEntry().room;
  }

  /**
   * Returns the room `name`, whatever its case, for as long as it is used. An empty name means the
   * lobby.
   *
   * @throws {ChatError} `invalid`, if the name is; `full`, if there are too many rooms;
   * `missing`, if there is no such room and it must be there.
   */
  async use(name: string, { ifMissing }: RoomUseOptions): Promise<RoomUse> {
    const key = foldName(name) || LOBBY;
    while (this.#removing.has(key)) await this.#removing.get(key);
    const entry = key === LOBBY ? this.#lobbyEntry() : this.#entry(key, name, ifMissing);
    entry.uses++; // Counted from here on: the room must not disappear while it is being opened.
    const room = await entry.room;
    room.name = this.#known.get(key) ?? room.name; // Readers may have spelled it otherwise.
    const use = new DisposableStack();
    use.defer(() => void this.#leave(key, entry, room));
    return { room, [Symbol.dispose]: () => use.dispose() };
  }

  /** Whether there is a room of this name; readers may wait for one that is not there. */
  has(name: string): boolean {
    const key = foldName(name) || LOBBY;
    return key === LOBBY || this.#known.has(key);
  }

  /** Returns the name of a room as it is spelled; folded, if there is no such room. */
  spell(name: string): string {
    const key = foldName(name) || LOBBY;
    return this.#known.get(key) ?? key;
  }

  /**
   * Removes the room `name` with all its notes for good, and returns their number. A use that
   * begins during the removal waits, and gets a new room.
   *
   * @param onClosed Called when the room no longer accepts anyone, to end the sessions in it.
   * @throws {ChatError} `missing`, if there is no such room; `unavailable`, if it cannot be
   * removed.
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
      const room = await entry?.room.catch(() => undefined); // Then it was never opened.
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
   * Lists the rooms. All callers in a tick get the same object, so that it can be encoded once and
   * cached by its identity.
   */
  list(): RoomList {
    if (!this.#list) {
      const members = new Map<string, number>();
      for (const { name, roster } of this.#open.keys()) {
        if (roster.size > 0) members.set(name, roster.size);
      }
      this.#sorted ??= [...this.#known.keys()].sort().map((key) => this.spell(key));
      this.#list = listRooms(this.#sorted, members);
      this.#options.defer(() => this.#list = undefined);
    }
    return this.#list;
  }

  /** Reads the public notes of all rooms from now on. Ends by throwing the reason of `signal`. */
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

  /** Drops notes beyond retention in all open rooms. */
  async trim(): Promise<void> {
    for (const room of this.#open.keys()) await room.trim().catch(this.#options.onError);
  }

  /** Creates a room that is missing, or lets a reader wait for it. */
  #checkMissing(key: string, name: string, ifMissing: RoomUseOptions["ifMissing"]): void {
    checkName(name, "Room");
    checkNewName(name, "Room");
    if (ifMissing === "refuse") throw new ChatError("missing", `There is no room "${name}" yet`);
    const { maxRooms } = this.#options;
    if (ifMissing === "wait") {
      if (this.#awaited.size >= maxRooms && !this.#awaited.has(key)) {
        const words = `readers wait for ${formatNumber(maxRooms)} other rooms already`;
        throw new ChatError("full", `Cannot wait for room "${name}": ${words}`);
      }
      this.#awaited.add(key);
      return;
    }
    if (this.#known.size - Number(this.#known.has(LOBBY)) >= maxRooms) {
      const words = `there are ${formatNumber(maxRooms)} already`;
      throw new ChatError("full", `Cannot create room "${name}": ${words}`);
    }
    ifMissing();
    this.#know(key, name);
  }

  #lobbyEntry(): Entry {
    return this.#entry(LOBBY, LOBBY, () => {});
  }

  #entry(key: string, name: string, ifMissing: RoomUseOptions["ifMissing"]): Entry {
    const isNew = !this.#known.has(key);
    if (isNew && key === LOBBY) this.#know(LOBBY, LOBBY); // Whatever its bounds are.
    else if (isNew) this.#checkMissing(key, name, ifMissing);
    const there = this.#rooms.get(key);
    if (there) return there;
    const entry = { room: this.#openRoom(key, name), uses: 0 };
    this.#rooms.set(key, entry);
    entry.room.catch(() => {
      if (this.#rooms.get(key) !== entry) return;
      this.#rooms.delete(key); // The next use may try again.
      if (isNew) this.#forget(key); // It was not created after all.
    });
    return entry;
  }

  async #openRoom(key: string, name: string): Promise<Room> {
    const log = await this.#store.open(key, () => this.spell(key));
    const room = await Room.open(this.#known.get(key) ?? name, log, this.#options);
    this.#open.set(room, room.head);
    this.#notify();
    return room;
  }

  /** Ends a use of a room. The last one closes a room without notes. */
  async #leave(key: string, entry: Entry, room: Room): Promise<void> {
    await room.settle(); // A pending post may be its first note.
    if (--entry.uses > 0 || room.head > 0 || key === LOBBY) return;
    if (this.#rooms.get(key) !== entry) return; // It has been removed.
    this.#rooms.delete(key);
    this.#close(room);
    this.#forget(key);
    await this.#store.remove(key).catch(this.#options.onError);
  }

  /** Reads the notes of a room at a position; none if it is removed by then. */
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
    this.#notify(); // Readers of all rooms drop it.
  }

  #notify(): void {
    for (const wakeup of this.#wakeups) wakeup.notify();
  }

  #know(key: string, name: string): void {
    this.#known.set(key, name);
    this.#awaited.delete(key);
    this.#sorted = undefined;
  }

  #forget(key: string): void {
    this.#known.delete(key);
    this.#awaited.delete(key);
    this.#sorted = undefined;
  }
}
