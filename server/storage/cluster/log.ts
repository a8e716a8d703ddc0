import type { Batch } from "../../../proto/batch.ts";
import { ChatError } from "../../../room/errors.ts";
import type { Draft, Note } from "../../../room/note.ts";
import type { Appended, Log, ReadLimit, SentDraft } from "../../../room/state/log.ts";
import type { Journal } from "../../cluster/engine.ts";
import { Appender } from "./appender.ts";
import { Deadline } from "./deadline.ts";
import { Follower } from "./follower.ts";
import type { MakeReplica, Replica } from "./replica.ts";
import { tryDecodeBatch } from "./stored_batch.ts";

/** The parts of a log that several servers share. */
export interface ClusterLogOptions {
  /** The room's folded name, for messages. */
  readonly room: string;
  /** The journal of all rooms' notes. */
  readonly journal: Journal;
  /** The room's key in it. */
  readonly key: string;
  /** The room's history, the same on all servers. */
  readonly history: string;
  /** The histories that it continues, each with the newest position common to both. */
  readonly origins: ReadonlyMap<string, number>;
  readonly replica: MakeReplica;
  /** Stores that there is such a room. Called before its first note is appended. */
  readonly beforeFirst: () => Promise<void>;
  /** Stores that it has notes. Called after the first append of this server. */
  readonly afterFirst: () => Promise<void>;
  /** Returns the most bytes of an entry of the journal, which an administrator may change. */
  readonly maxBytes: () => number;
  /** Called for entries that cannot be read, and if the journal cannot be purged. */
  readonly onError: (error: unknown) => void;
  /** Called once the log cannot be used any more. Another one may be opened in its place. */
  readonly onFailure: (error: ChatError) => void;
  readonly times?: Partial<ClusterLogTimes> | undefined;
}

/** How long a log waits, in milliseconds. */
export interface ClusterLogTimes {
  /**
   * The time for which an append is tried. Default: 10,000, since an engine may need 9 s to replace
   * a node that leads.
   */
  readonly appendMs: number;
  /**
   * The time to wait for a note that another server has. Default: 5,000, half of the time for which
   * a client tries to join by default.
   */
  readonly reachMs: number;
  /** The least time between two purges of the journal. Default: 10,000. */
  readonly purgeMs: number;
}

/** The batches that are read at once to find those to be deleted. */
const PURGE_READ = 64;

const TIMES: ClusterLogTimes = { appendMs: 10_000, reachMs: 5_000, purgeMs: 10_000 };

/**
 * A log that several servers share. Its truth is a journal of batches; this server reads from its
 * own replica.
 *
 * An append looks the drafts' ids up in the replica and appends the new ones to the journal, on the
 * condition that it has nothing that the replica lacks. If it has, the replica catches up and the
 * ids are looked up again. So a note is stored once, whichever servers its author sends it to, for
 * as long as it is kept.
 */
export class ClusterLog implements Log {
  readonly #options: ClusterLogOptions;
  readonly #times: ClusterLogTimes;
  readonly #follower: Follower;
  readonly #appender: Appender;
  readonly #closing = new AbortController();
  readonly #listeners = new Set<(notes: readonly Note[]) => void>();
  /** Settles when the last append has: they take place one after another. */
  #appended: Promise<unknown> = Promise.resolve();
  /** Whether there is a record of the room. */
  #isStored: boolean;
  /** Settles when it is stored that there are notes. */
  #marking: Promise<void> | undefined;
  #purging: Promise<void> | undefined;
  #purgedAt = -Infinity;
  /** The oldest note of the replica when the journal was purged. */
  #purgedFirst = 1;

  /**
   * Opens a log with everything that was appended before the call.
   *
   * @throws {ChatError} `unavailable`, if the journal cannot be read.
   */
  static async open(options: ClusterLogOptions): Promise<ClusterLog> {
    let onBatch: (batch: Batch, notes: readonly Note[]) => void = () => {};
    const follower = await Follower.open({
      ...options,
      onBatch: (batch, notes) => onBatch(batch, notes),
    });
    const log = new ClusterLog(options, follower);
    onBatch = (batch, notes) => {
      if (!log.#appender.claim(batch, notes)) log.#report(notes);
    };
    return log;
  }

  private constructor(options: ClusterLogOptions, follower: Follower) {
    this.#options = options;
    this.#times = { ...TIMES, ...options.times };
    this.#follower = follower;
    this.#appender = new Appender({
      ...options,
      follower,
      appendMs: this.#times.appendMs,
      signal: this.#closing.signal,
      onUnclaimed: (notes) => this.#report(notes),
    });
    this.#isStored = follower.head > 0;
  }

  get history(): string {
    return this.#options.history;
  }

  get origins(): ReadonlyMap<string, number> {
    return this.#options.origins;
  }

  get head(): number {
    return this.#replica.head;
  }

  get first(): number {
    return this.#replica.first;
  }

  get known(): number {
    return this.#replica.known;
  }

  get #replica(): Replica {
    return this.#follower.replica;
  }

  /**
   * Appends drafts, in as many batches as they need.
   *
   * If the engine does not answer in time, they may be stored or not. Stored ones are reported by
   * {@linkcode follow} then, and found by their ids if their author tries again.
   *
   * @throws {ChatError} `unavailable`, if the engine does not answer, or refuses them; `too_large`,
   * if a note does not fit into an entry of the journal.
   */
  append(drafts: readonly Draft[], now: number): Promise<Appended> {
    return this.#inTurn(() => this.#append(drafts, now));
  }

  find(draft: SentDraft): Promise<number | undefined> {
    return this.#read((replica) => replica.find(draft));
  }

  hidden(from: number, to: number, reader: string | undefined, most: number): Promise<number[]> {
    return this.#read((replica) => replica.hidden(from, to, reader, most));
  }

  read(from: number, limit: ReadLimit): Promise<Note[]> {
    return this.#read((replica) => replica.read(from, limit));
  }

  /** As the replica, which has this method or not. */
  get texts(): Log["texts"] {
    if (!this.#replica.texts) return undefined;
    return (from, to, options) => this.#read((replica) => replica.texts!(from, to, options));
  }

  /**
   * Drops notes from this server's replica, and, from time to time, from the journal. Any server
   * may purge: what the others keep longer is read from their replicas. Notes are too old only if
   * they are by the engine's clock as well: a server whose clock is fast would drop them for all.
   */
  async trim(time: number, most: number): Promise<number> {
    const now = Math.min(time, this.#options.journal.now ?? time);
    const dropped = await this.#replica.trim(now, most);
    if (!this.#purging && performance.now() >= this.#purgedAt + this.#times.purgeMs) {
      this.#purging = this.#purge(now).catch(this.#options.onError).finally(() => {
        this.#purging = undefined;
      });
    }
    return dropped;
  }

  follow(onNotes: (notes: readonly Note[]) => void): Disposable {
    this.#listeners.add(onNotes);
    return { [Symbol.dispose]: () => void this.#listeners.delete(onNotes) };
  }

  async reach(seq: number, signal: AbortSignal): Promise<void> {
    if (seq > this.head) await this.#catchUp(signal);
  }

  /** Stops following the other servers, and waits for what has begun. */
  async close(): Promise<void> {
    this.#closing.abort(new ChatError("unavailable", "The room is closed"));
    this.#follower.close();
    await this.#marking;
    await this.#purging;
  }

  // deno-lint-ignore require-await -- so that exceptions become rejections
  async #read<T>(read: (replica: Replica) => Promise<T>): Promise<T> {
    this.#follower.check();
    return read(this.#replica);
  }

  async #catchUp(signal: AbortSignal): Promise<void> {
    using deadline = new Deadline(this.#times.reachMs);
    await this.#follower.catchUp(AbortSignal.any([signal, deadline.signal]));
  }

  #report(notes: readonly Note[]): void {
    if (notes.length === 0) return;
    for (const listener of this.#listeners) listener(notes);
  }

  async #append(drafts: readonly Draft[], now: number): Promise<Appended> {
    this.#follower.check();
    if (drafts.length > 0 && !this.#isStored) {
      await this.#options.beforeFirst();
      this.#isStored = true;
    }
    const appended = await this.#appender.append(drafts, now);
    if (drafts.length > 0) this.#marking ??= this.#mark();
    return appended;
  }

  /** Stores that there are notes. Without the engine, the next append tries again. */
  async #mark(): Promise<void> {
    const { afterFirst, onError } = this.#options;
    try {
      await afterFirst();
    } catch (error) {
      this.#marking = undefined;
      if (!(error instanceof ChatError && error.code === "unavailable")) onError(error);
    }
  }

  /** Deletes the batches whose notes are all dropped, from the journal. */
  async #purge(now: number): Promise<void> {
    const { journal, key } = this.#options;
    this.#purgedAt = performance.now();
    if (this.first === this.#purgedFirst) return;
    // The newest batch stays, as it tells where to go on. So that its notes go, an empty one
    // follows.
    if (this.first > this.head && this.#follower.hasNotesAtEnd) {
      await this.#inTurn(() => this.#appender.appendEmpty(now));
    }
    const { first } = this;
    const before = await this.#placeOf(first);
    if (before > 0) await journal.purge(key, before);
    this.#purgedFirst = first;
  }

  /**
   * Returns the place of the oldest batch with notes from `first` on, or else of the newest batch;
   * 0 if there is nothing before it. It reads what it finds before it, which is to be deleted.
   */
  async #placeOf(first: number): Promise<number> {
    const { journal, key } = this.#options;
    let newest = 0;
    for (let from = 1, oldest;;) {
      const entries = await journal.read(from, PURGE_READ, key);
      if (entries.length === 0) return newest;
      oldest ??= entries[0]!.seq;
      for (const { seq, data } of entries) {
        from = seq + 1;
        const batch = tryDecodeBatch(data);
        // Batches of another history may be those of a new room, of which this server has not heard.
        if (batch?.history !== this.history) continue;
        if (batch.first + batch.notes.length > first) return seq === oldest ? 0 : seq;
        newest = seq;
      }
    }
  }

  /** Runs a task after all appends before it. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#appended.then(task);
    this.#appended = done.catch(() => {});
    return done;
  }
}
