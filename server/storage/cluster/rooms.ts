import { LOBBY } from "../../../room/defaults.ts";
import { ChatError } from "../../../room/errors.ts";
import type { RoomChange } from "../../../room/state/log.ts";
import { roomGone } from "../../../room/state/room.ts";
import type { Topic } from "../../../room/topic.ts";
import { formatNumber } from "../../../text/number.ts";
import type { Engine } from "../../cluster/engine.ts";
import { keyToken } from "./key_token.ts";
import { ClusterLog } from "./log.ts";
import type { Replicas } from "./replica.ts";
import {
  historyOf,
  lastRemoval,
  ROOM_PREFIX,
  type RoomRecord,
  type StoredRecord,
} from "./room_record.ts";
import type { SharedState, StateChange } from "./state.ts";

/** The dependencies and bounds of shared rooms. */
export interface SharedRoomsOptions {
  /** Identifies the chat. */
  readonly id: Uint8Array;
  readonly state: SharedState;
  readonly engine: Pick<Engine, "journals" | "maxEntryBytes">;
  /** This server's copies of the notes. */
  readonly replicas: Replicas;
  /** The most rooms, besides the lobby. */
  readonly maxRooms: number;
  readonly onError: (error: unknown) => void;
}

/** A log that is open or being opened. */
interface OpenLog {
  readonly log: Promise<ClusterLog>;
  /** Returns how the name of its room is spelled. */
  readonly spelling: () => string;
}

/** The rooms that several servers share, and their logs. */
export class SharedRooms {
  readonly #options: SharedRoomsOptions;
  /** The rooms that are there, by folded name. */
  readonly #there = new Map<string, RoomRecord>();
  /** The logs that are open, by folded name. */
  readonly #logs = new Map<string, OpenLog>();
  /** The logs that are being closed. Each promise resolves when that is over. */
  readonly #closing = new Map<string, Promise<void>>();
  readonly #listeners = new Set<(change: RoomChange) => void>();
  readonly #failureListeners = new Set<(room: string) => void>();

  constructor(options: SharedRoomsOptions) {
    this.#options = options;
    for (const record of options.state.values(ROOM_PREFIX)) this.#note(record as RoomRecord);
    options.state.listen(ROOM_PREFIX, (change) => this.#hear(change));
  }

  /** Returns the rooms, in their creators' spelling. */
  names(): string[] {
    return Array.from(this.#there.values(), ({ name }) => name!);
  }

  /** Returns the histories of all rooms. */
  histories(): Set<string> {
    return new Set(Array.from(this.#there.keys(), (room) => this.#identify(room).history));
  }

  /** Opens the log of a room. */
  open(room: string, spelling: () => string): Promise<ClusterLog> {
    const log = this.#open(room, spelling, (error) => this.#fail(room, open, error));
    const open = { log, spelling };
    this.#logs.set(room, open);
    log.catch(() => {
      if (this.#logs.get(room) === open) this.#logs.delete(room);
    });
    return log;
  }

  /** Stores the topic of an open room, and the room, if it is not there yet. */
  async saveTopic(room: string, change: () => Topic): Promise<void> {
    await this.#options.state.change(toKey(room), (current) => {
      const topic = change();
      const open = this.#logs.get(room);
      if (!open) throw roomGone();
      const stored = current as StoredRecord | undefined;
      const record = stored?.value.name === undefined
        ? this.#newRecord(room, open.spelling, lastRemoval(stored))
        : stored.value;
      return { value: { ...record, topic } satisfies RoomRecord };
    });
  }

  /**
   * Removes a room with its notes on all servers, and returns their number.
   *
   * @param words The words for the people in it. Default: only the log is closed.
   */
  async remove(room: string, words: string | undefined): Promise<number> {
    if (words === undefined) {
      await this.#close(room);
      return 0;
    }
    const { state, engine: { journals }, onError } = this.#options;
    const opening = this.#logs.get(room)?.log ?? this.open(room, () => room);
    // One that cannot be served is removed, too.
    const { head, first } = await opening.catch(() => ({ head: 0, first: 1 }));
    // Notes of a room that is made right after the removal come later.
    const before = journals.notes.seen + 1;
    const removal = lastRemoval(this.#find(room));
    try {
      await state.change(toKey(room), (current) => {
        const isRemoved = lastRemoval(current as StoredRecord | undefined) !== removal;
        if (isRemoved) return undefined; // By another server.
        return { value: { room, words } satisfies RoomRecord };
      });
    } finally {
      await this.#close(room); // Also if it fails: the next use opens it again.
    }
    // All servers pass over what is left of them.
    await journals.notes.purge(keyToken(room), before).catch(onError);
    return head + 1 - first;
  }

  /** Calls `onChange` for each change from now on. */
  follow(onChange: (change: RoomChange) => void): Disposable {
    this.#listeners.add(onChange);
    return { [Symbol.dispose]: () => void this.#listeners.delete(onChange) };
  }

  /** Calls `onFailure` for each room whose log has failed and been closed. */
  followFailures(onFailure: (room: string) => void): Disposable {
    this.#failureListeners.add(onFailure);
    return { [Symbol.dispose]: () => void this.#failureListeners.delete(onFailure) };
  }

  /** Closes all logs. */
  async close(): Promise<void> {
    await Promise.all([...this.#logs.keys()].map((room) => this.#close(room)));
  }

  async #open(
    room: string,
    spelling: () => string,
    onFailure: (error: ChatError) => void,
  ): Promise<ClusterLog> {
    await this.#closing.get(room);
    const { engine, replicas, onError } = this.#options;
    const { removal, ...identity } = this.#identify(room);
    const log = await ClusterLog.open({
      room,
      journal: engine.journals.notes,
      key: keyToken(room),
      ...identity,
      replica: (head) => replicas.open(room, { ...identity, head }),
      beforeFirst: () => this.#make(room, spelling, { removal, ...identity }),
      afterFirst: () => this.#mark(room, identity),
      maxBytes: () => engine.maxEntryBytes,
      onError,
      onFailure,
    });
    try {
      if (log.head === 0) await this.#checkKept(room, log);
      return log;
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  /**
   * Checks that a room without entries never had any.
   *
   * @throws {ChatError} `unavailable`, if they are gone without its removal: new notes would get the
   * positions of the old ones, which readers and other servers may still have.
   */
  async #checkKept(room: string, log: ClusterLog): Promise<void> {
    const { state } = this.#options.engine.journals;
    await state.reach(await state.newest(toKey(room))); // It may have been removed just now.
    if (!this.#find(room)?.value.hasNotes) return;
    await log.reach(1, new AbortController().signal); // Or have got its first note.
    if (log.head > 0) return;
    const words = "its notes were deleted from the engine; once it is removed, it can begin anew";
    throw new ChatError("unavailable", `Cannot open room "${room}": ${words}`);
  }

  /** Stores that a room has notes, unless it is another one by now. */
  async #mark(room: string, { history }: { readonly history: string }): Promise<void> {
    await this.#options.state.change(toKey(room), (current) => {
      const stored = current as StoredRecord | undefined;
      const isSame = stored?.value.name !== undefined && this.#historyIn(stored, room) === history;
      if (!isSame || stored.value.hasNotes) return undefined;
      return { value: { ...stored.value, hasNotes: true } satisfies RoomRecord };
    });
  }

  /** Closes a log that has failed, after which the next use opens another one. */
  #fail(room: string, open: OpenLog, error: ChatError): void {
    this.#options.onError(error);
    if (this.#logs.get(room) !== open) return; // It is being closed anyway.
    void this.#close(room);
    for (const onFailure of [...this.#failureListeners]) onFailure(room);
  }

  /** Returns what identifies the notes of a room, also before it is stored. */
  #identify(room: string) {
    const stored = this.#find(room);
    const removal = lastRemoval(stored);
    const history = this.#historyIn(stored, room);
    return { removal, history, origins: new Map(stored?.value.origins) };
  }

  /** Closes the log of a room, after which the next use opens another one. */
  async #close(room: string, isRemoved = false): Promise<void> {
    const opening = this.#logs.get(room)?.log;
    this.#logs.delete(room);
    const closed = this.#end(room, opening, isRemoved).catch(this.#options.onError);
    this.#closing.set(room, closed);
    await closed;
    if (this.#closing.get(room) === closed) this.#closing.delete(room);
  }

  async #end(
    room: string,
    opening: Promise<ClusterLog> | undefined,
    isRemoved: boolean,
  ): Promise<void> {
    const before = this.#closing.get(room);
    const log = await opening?.catch(() => undefined); // Then it was never opened.
    await log?.close();
    await before;
    if (isRemoved) await this.#options.replicas.remove(room);
  }

  /** Stores a room, if it is not there yet. */
  async #make(
    room: string,
    spelling: () => string,
    { removal, history }: { readonly removal: number; readonly history: string },
  ): Promise<void> {
    await this.#options.state.change(toKey(room), (current) => {
      const stored = current as StoredRecord | undefined;
      if (lastRemoval(stored) !== removal || this.#historyIn(stored, room) !== history) {
        throw roomGone();
      }
      if (stored?.value.name !== undefined) return undefined;
      return { value: this.#newRecord(room, spelling, removal) };
    });
  }

  /** The record of a room that is not stored. */
  #newRecord(room: string, spelling: () => string, removed: number): RoomRecord {
    this.#checkCount(room);
    return { room, name: spelling(), removed };
  }

  #checkCount(room: string): void {
    const { maxRooms } = this.#options;
    if (room === LOBBY) return;
    const others = this.#there.size - Number(this.#there.has(LOBBY));
    if (others < maxRooms) return;
    const words = `there are ${formatNumber(maxRooms)} already`;
    throw new ChatError("full", `Cannot create room "${room}": ${words}`);
  }

  #hear({ value, seq, before }: StateChange): void {
    const record = value as RoomRecord | undefined;
    if (!record) return; // Records are never deleted.
    this.#note(record);
    const { room, name } = record;
    const stored = { value: record, seq };
    const earlier = before as StoredRecord | undefined;
    if (this.#historyIn(stored, room) !== this.#historyIn(earlier, room)) {
      // Its log is of the past: the room was removed, even if a new one followed at once, or imported.
      void this.#close(room, true);
      // The words are gone if a new room has replaced the removal before this server heard of it.
      const { words = `room "${room}" removed` } = record;
      this.#notify({ room, name: undefined, words });
    }
    if (name !== undefined) this.#notify({ room, name, words: "" });
  }

  /** The history of a room that has, or would get, a record. */
  #historyIn(stored: StoredRecord | undefined, room: string): string {
    return stored?.value.history ?? historyOf(this.#options.id, room, lastRemoval(stored));
  }

  #notify(change: RoomChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }

  #find(room: string): StoredRecord | undefined {
    return this.#options.state.get(toKey(room)) as StoredRecord | undefined;
  }

  #note(record: RoomRecord): void {
    if (record.name === undefined) this.#there.delete(record.room);
    else this.#there.set(record.room, record);
  }
}

/** Returns the key of a room, a folded name, in the state that servers share. */
export function toKey(room: string): string {
  return ROOM_PREFIX + keyToken(room);
}
