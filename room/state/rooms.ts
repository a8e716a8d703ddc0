import { LOBBY } from "../defaults.ts";
import { ChatError } from "../errors.ts";
import { loadAndFollow } from "../load_and_follow.ts";
import { checkNewName } from "../name_rule.ts";
import { checkName, foldName, type Note } from "../note.ts";
import { listRooms, type RoomList } from "../room_list.ts";
import type { Topic } from "../topic.ts";
import type { TopicStore } from "../topics/topic_store.ts";
import { Topics } from "../topics/topics.ts";
import { KnownRooms, type KnownRoomsOptions, type Waiter } from "./known_rooms.ts";
import type { LogStore, RoomChange } from "./log.ts";
import { OpenRooms } from "./open_rooms.ts";
import { Room, roomGone, type RoomOptions } from "./room.ts";

/** The storage for rooms. */
export type RoomStore = LogStore & TopicStore;

/** The dependencies and bounds of rooms. */
export interface RoomsOptions extends RoomOptions, KnownRoomsOptions {
  /** Called when another server has removed a room, to end the sessions in it with these words. */
  readonly onRemoved?: ((room: string, words: string) => void) | undefined;
  /** Called when the log of a room has failed, to end the sessions in it: the next ones reopen it. */
  readonly onFailed?: ((room: string) => void) | undefined;
}

/**
 * The behavior if there is no such room. A function is called before it is created, and may throw to
 * prevent that. A waiter opens it without creating it: it is empty, and not listed, until somebody
 * else creates it. `refuse` throws.
 */
export type IfMissing = (() => void) | Waiter | "refuse";

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

/**
 * All rooms of a server, each opened on first use. A room that never had a note or a topic disappears
 * when it is no longer in use; the others stay until they are removed. The lobby always exists.
 */
export class Rooms {
  readonly #store: RoomStore;
  readonly #options: RoomsOptions;
  readonly #rooms = new Map<string, Entry>();
  readonly #known: KnownRooms;
  /** The rooms being removed. Each promise resolves when the removal is over. */
  readonly #removing = new Map<string, Promise<void>>();
  /** The last list; undefined once it is outdated. */
  #list: RoomList | undefined;
  readonly #open = new OpenRooms();
  /** Loaded when the rooms are opened. */
  #topics!: Topics;

  private constructor(store: RoomStore, options: RoomsOptions) {
    this.#store = store;
    this.#options = options;
    this.#known = new KnownRooms(options);
  }

  /** Opens the rooms of `store`, and follows them if other servers use it, too. */
  static async open(store: RoomStore, options: RoomsOptions): Promise<Rooms> {
    const rooms = new Rooms(store, options);
    await loadAndFollow<RoomChange>({
      follow: store.followRooms?.bind(store),
      load: async () => {
        for (const name of await store.rooms()) rooms.#known.addStored(foldName(name), name);
      },
      onChange: (change) => rooms.#hear(change),
    });
    rooms.#topics = await Topics.open(store, (key) => rooms.#hearTopic(key));
    // Not disposed: it ends with the store, and the next one with the rosters.
    store.followFailures?.((room) => rooms.#fail(room));
    options.rosters?.listen({
      onOccupied: (key, name) => rooms.#known.addOccupied(key, name),
      onEmptied: (key) => {
        if (rooms.#known.markEmpty(key) && !rooms.#rooms.has(key)) rooms.#known.remove(key);
      },
    });
    return rooms;
  }

  /** The number of rooms. */
  get size(): number {
    return this.#known.size;
  }

  /** The number of people in rooms, counted once per room. */
  get members(): number {
    let members = 0;
    for (const people of this.#people().values()) members += people;
    return members;
  }

  /** Returns the lobby. */
  async lobby(): Promise<Room> {
    while (this.#removing.has(LOBBY)) await this.#removing.get(LOBBY);
    return await this.#entry(LOBBY, this.#createLobby).room;
  }

  /**
   * Returns the room `name`, whatever its case, for as long as it is used. An empty name means the
   * lobby.
   *
   * @throws {ChatError} `invalid`, if the name is; `full`, if there are too many rooms;
   * `missing`, if there is no such room and it must be there.
   */
  async use(name: string, ifMissing: IfMissing): Promise<RoomUse> {
    const key = toKey(name);
    while (this.#removing.has(key)) await this.#removing.get(key);
    const createOrAwait = () => this.#createOrAwait(key, name, ifMissing);
    const entry = this.#entry(key, key === LOBBY ? this.#createLobby : createOrAwait);
    entry.uses++; // Counted from here on: the room must not disappear while it is being opened.
    return this.#used(key, entry, await entry.room);
  }

  /** Apart from `use()`, since closures of one function share what they keep, such as `ifMissing`. */
  #used(key: string, entry: Entry, room: Room): RoomUse {
    const use = new DisposableStack();
    use.defer(() => void this.#leave(key, entry, room));
    return { room, [Symbol.dispose]: () => use.dispose() };
  }

  /** Whether there is a room of this name; readers may wait for one that is not there. */
  has(name: string): boolean {
    const key = toKey(name);
    return key === LOBBY || this.#known.has(key);
  }

  /**
   * Returns the name of a room in its creator's spelling, or in that of the first reader who waits
   * for it; folded, if there is no such room.
   */
  spelling(name: string): string {
    return this.#known.spelling(toKey(name));
  }

  /**
   * Removes the room `name` with all its notes permanently, and returns their number. A use that
   * begins during the removal waits, and gets a new room.
   *
   * @param onClosed Called when the room no longer accepts anyone, to end the sessions in it.
   * @param words Ends the sessions in it on other servers.
   * @throws {ChatError} `missing`, if there is no such room; `unavailable`, if it cannot be
   * removed.
   */
  async remove(name: string, onClosed: () => void, words = ""): Promise<number> {
    const key = toKey(name);
    while (this.#removing.has(key)) await this.#removing.get(key);
    if (!this.#known.has(key)) throw new ChatError("missing", `There is no room "${key}"`);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#removing.set(key, promise);
    try {
      const room = await this.#closeRoom(key);
      onClosed();
      await room?.settle();
      if (!this.#store.followTopics) await this.#topics.settle();
      const notes = await this.#store.remove(key, words);
      if (!this.#store.followRooms) this.#known.remove(key);
      if (!this.#store.followTopics) this.#topics.forget(key);
      return notes;
    } finally {
      this.#removing.delete(key);
      resolve();
    }
  }

  /**
   * Changes the topic of a room in use. Once the promise resolves, the topic is stored, and the room
   * is kept even without notes.
   *
   * @param change Computes the new topic; it may be called again, and may throw to give up.
   * @throws what `change` throws; {@linkcode ChatError} `missing`, if nobody has created the room;
   * `unavailable`, if it is gone, or the topic cannot be stored; `full`, if there are too many rooms
   * by now.
   */
  async changeTopic(name: string, change: (current: Topic) => Topic): Promise<void> {
    const key = toKey(name);
    const entry = this.#rooms.get(key);
    await this.#topics.change(key, (current) => {
      if (!entry || this.#rooms.get(key) !== entry) throw roomGone();
      if (!this.has(name)) throw new ChatError("missing", `There is no room "${name}" yet`);
      return change(current);
    });
  }

  /**
   * Lists the rooms. All callers in a tick get the same object, so that it can be encoded once and
   * cached by its identity.
   */
  list(): RoomList {
    if (!this.#list) {
      const topicOf = (name: string) => this.#topics.get(toKey(name)).text;
      this.#list = listRooms(this.#known.sorted, this.#people(), topicOf);
      this.#options.defer(() => this.#list = undefined);
    }
    return this.#list;
  }

  /** Reads the public notes of all rooms from now on. Ends by throwing the reason of `signal`. */
  read(signal: AbortSignal): AsyncGenerator<{ room: string; notes: readonly Note[] }, never> {
    return this.#open.read(signal);
  }

  /** Drops notes beyond retention in all open rooms. */
  async trim(): Promise<void> {
    for (const room of this.#open) await room.trim().catch(this.#options.onError);
  }

  /** Creates a room that is missing, or lets a reader wait for it. */
  #createOrAwait(key: string, name: string, ifMissing: IfMissing): void {
    checkName(name, "Room");
    checkNewName(name, "Room");
    if (ifMissing === "refuse") throw new ChatError("missing", `There is no room "${name}" yet`);
    if (typeof ifMissing === "object") return this.#known.addAwaited(key, name, ifMissing);
    this.#known.checkNew(name);
    ifMissing();
    this.#known.add(key, name);
  }

  /** Creates the lobby, to which no bounds apply. */
  readonly #createLobby = () => this.#known.add(LOBBY, LOBBY);

  /** Returns the entry of a room. Calls `createOrAwait` first if there is no such room. */
  #entry(key: string, createOrAwait: () => void): Entry {
    const isNew = !this.#known.has(key);
    if (isNew) createOrAwait();
    const there = this.#rooms.get(key);
    if (there) return there;
    const entry = { room: this.#openRoom(key), uses: 0 };
    this.#rooms.set(key, entry);
    entry.room.catch(() => {
      if (this.#rooms.get(key) !== entry) return;
      this.#rooms.delete(key); // The next use may try again.
      if (isNew) this.#known.remove(key); // It was not created after all.
    });
    return entry;
  }

  /** Closes a room that is being removed or has failed: the next use gets a new one. */
  async #closeRoom(key: string): Promise<Room | undefined> {
    const entry = this.#rooms.get(key);
    this.#rooms.delete(key);
    const room = await entry?.room.catch(() => undefined); // Then it was never opened.
    if (room) this.#open.close(room);
    return room;
  }

  async #openRoom(key: string): Promise<Room> {
    const spelling = () => this.spelling(key);
    const room = await Room.open(spelling, await this.#store.open(key, spelling), this.#options);
    room.announce(this.#topics.get(key));
    this.#open.add(room);
    return room;
  }

  /** Ends a use of a room. The last one closes a room without notes. */
  async #leave(key: string, entry: Entry, room: Room): Promise<void> {
    await room.settle(); // A pending post may be its first note.
    const topics = this.#topics.settle();
    if (topics && room.head === 0) await topics; // Likewise for its first topic.
    if (--entry.uses > 0 || room.head > 0 || key === LOBBY || this.#known.isStored(key)) return;
    if (this.#rooms.get(key) !== entry) return; // It has been removed.
    this.#rooms.delete(key);
    this.#open.close(room);
    this.#known.remove(key);
    await this.#store.remove(key).catch(this.#options.onError);
  }

  /** Applies what this server or another one has stored. */
  #hear({ room: key, name, words }: RoomChange): void {
    if (name !== undefined) return this.#known.addStored(key, name);
    const spelling = this.spelling(key);
    this.#known.remove(key);
    if (this.#removing.has(key)) return; // By this server.
    void this.#closeRoom(key).then(() => this.#options.onRemoved?.(spelling, words));
  }

  /** Shows a topic that this server or another one has stored. */
  #hearTopic(key: string): void {
    if (!this.#store.followRooms) this.#known.addStored(key, this.spelling(key));
    const announce = (room: Room) => room.announce(this.#topics.get(key));
    void this.#rooms.get(key)?.room.then(announce, () => {}); // Unless it was never opened.
  }

  /** Closes a room whose log has failed. */
  #fail(key: string): void {
    const spelling = this.spelling(key);
    if (!this.#known.isStored(key)) this.#known.remove(key); // Nobody else will.
    void this.#closeRoom(key).then(() => this.#options.onFailed?.(spelling));
  }

  /** Returns the number of people in each room that is not empty, by the rooms' names. */
  #people(): Map<string, number> {
    const { rosters } = this.#options;
    const all: Iterable<readonly [string, number]> = rosters
      ? Array.from(rosters.occupied(), ([key, room]) => [this.spelling(key), room.people])
      : Array.from(this.#open, ({ name, roster }) => [name, roster.size]);
    return new Map(Array.from(all).filter(([, people]) => people > 0));
  }
}

/** Returns the folded name of a room, by which all maps know it. An empty name means the lobby. */
function toKey(name: string): string {
  return foldName(name) || LOBBY;
}
