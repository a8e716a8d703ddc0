import { JetStreamApiCodes } from "@nats-io/jetstream";
import { ChatError, errorMessage } from "../../room/errors.ts";
import { sleep } from "../sleep.ts";
import { type AppendOptions, Conflict, type Entry, type Journal } from "./engine.ts";
import { type Connection, isAway, isRefusal } from "./nats_connection.ts";
import { Feed } from "./nats_feed.ts";
import { Stream, type StreamNames, type StreamPosition } from "./nats_stream.ts";

/** Letters, digits, `-` and `_`, in parts between dots. */
const KEY = /^[\w-]+(?:\.[\w-]+)*$/;
const MAX_KEY_CHARS = 1_000;

/** The pause before another read, if the node of the last one is late, in milliseconds. */
const LATE_MS = 10;
/** The time for a node that is late, in milliseconds, and the words after it. */
const MAX_LATE_MS = 10_000;
const LATE = "NATS does not have the newest entries yet";
/** The time after which `reach()` asks where the stream is, in milliseconds. */
const REACH_MS = 100;
/** The time without a stream after which it counts as deleted, in milliseconds. */
const MISSING_MS = 3_000;
/** The time for `backMs`: a node that was cut off may believe for ten seconds that it leads. */
const BACK_MS = 20_000;

/** What a journal reports, when, and its clock. */
export interface JournalReports {
  /** The engine lost entries. */
  onLost(error: ChatError): void;
  onError(error: unknown): void;
  /** See `ConnectOptions`. Default: 20,000. */
  readonly backMs?: number | undefined;
  /** The time in milliseconds, from a monotonic clock. Default: that of the system. */
  now?(): number;
}

/** A journal in a stream of the engine. */
export class NatsJournal implements Journal, Disposable {
  readonly #stream: Stream;
  readonly #reports: JournalReports;
  readonly #now: () => number;
  readonly #feed: Feed;
  readonly #live: Disposable;
  /** The listeners to each key, and, without a key, to all. */
  readonly #listeners = new Map<string | undefined, Set<(entry: Entry) => void>>();
  readonly #closing = new AbortController();
  /** When the stream was made, as of the start of this server. */
  #created = "";
  /** When a majority of the stream's nodes last served it. */
  #served = 0;
  /** The newest entry that was passed on. */
  #newest: { readonly seq: number; readonly time: number } | undefined;
  /** Since when the stream was missing, or before what was seen; undefined if it is not. */
  #missingSince: number | undefined;
  #backSince: number | undefined;
  #loss: ChatError | undefined;
  /** The number of appends that were refused because of newer entries. */
  conflicts = 0;
  /** The engine's time minus this machine's, in milliseconds; undefined before the first check. */
  clockOffsetMs: number | undefined;

  private constructor(connection: Connection, names: StreamNames, reports: JournalReports) {
    this.#stream = new Stream(connection, names);
    this.#reports = reports;
    this.#now = reports.now ?? (() => performance.now());
    this.#feed = new Feed({
      read: (from, most) => this.#stream.read(from, most),
      hasNone: (from, to) => this.#hasNone(from, to),
    }, (entry) => this.#passOn(entry));
    this.#live = connection.subscribe(`${names.live}.>`, (message) => {
      this.#feed.receive(this.#stream.entryOf(message));
    });
  }

  /**
   * Opens the journal of a stream that exists.
   *
   * @throws {NoAnswer | UnknownOutcome | JetStreamApiError | ChatError}
   */
  static async open(
    connection: Connection,
    names: StreamNames,
    reports: JournalReports,
  ): Promise<NatsJournal> {
    const journal = new NatsJournal(connection, names, reports);
    try {
      await connection.confirm(`${names.live}.>`); // From here on no live entry is missed.
      await journal.#stream.checkAppend();
      const { last, created } = await journal.#position();
      journal.#created = created;
      journal.#feed.start(last);
      return journal;
    } catch (error) {
      journal[Symbol.dispose]();
      throw error;
    }
  }

  get seen(): number {
    return this.#feed.seen;
  }

  /** The number of positions that are known to exist and not passed on yet. */
  get behind(): number {
    return this.#feed.behind;
  }

  /** The number of entries that were missed and read. */
  get repairs(): number {
    return this.#feed.repairs;
  }

  /** The time since a majority of the stream's nodes last served it, in milliseconds. */
  get silentMs(): number {
    return this.#now() - this.#served;
  }

  async append(key: string, data: Uint8Array, options: AppendOptions = {}): Promise<number> {
    checkKey(key);
    if (this.#loss) throw this.#loss;
    const { seen } = this;
    try {
      const seq = await this.#stream.append(key, data, options);
      if (seq <= seen) throw this.#reportLost(`it appended at ${seq} after ${seen}`);
      this.#feed.note(seq);
      return seq;
    } catch (error) {
      if (error instanceof Conflict) this.conflicts++;
      throw error;
    }
  }

  async read(from: number, most: number, key?: string): Promise<Entry[]> {
    if (key !== undefined) checkKey(key);
    const deadline = performance.now() + MAX_LATE_MS;
    const found: Entry[] = [];
    for (let next = from, { seen } = this; found.length < most;) {
      const more = await answered(this.#stream.read(next, most - found.length, key));
      found.push(...more);
      next = (more.at(-1)?.seq ?? next - 1) + 1;
      if (more.length > 0) continue;
      if (next > seen || await answered(this.#hasNone(next, seen, key))) break;
      if (performance.now() > deadline) throw new ChatError("unavailable", LATE);
      await sleep(LATE_MS, this.#closing.signal);
    }
    return found;
  }

  /**
   * Whether all entries from one position to another one are deleted, as of the node that leads the
   * stream; false if that has not everything up to `to` itself.
   */
  async #hasNone(from: number, to: number, key?: string): Promise<boolean> {
    const next = await this.#stream.next(from, key);
    if (next !== 0 && next <= to) return false;
    return (await this.#stream.position()).last >= to;
  }

  async newest(key: string): Promise<number> {
    checkKey(key);
    const deadline = performance.now() + MAX_LATE_MS;
    const known = this.#feed.known;
    while (true) {
      const newest = await answered(this.#stream.newest(key));
      // A node that no longer leads may believe for a while that it does.
      if (newest >= known || (await answered(this.#stream.position())).last >= known) return newest;
      if (performance.now() > deadline) throw new ChatError("unavailable", LATE);
      await sleep(LATE_MS, this.#closing.signal);
    }
  }

  listen(onEntry: (entry: Entry) => void, key?: string): Disposable {
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(onEntry));
    return {
      [Symbol.dispose]: () => {
        listeners.delete(onEntry);
        if (listeners.size === 0) this.#listeners.delete(key);
      },
    };
  }

  #passOn(entry: Entry): void {
    this.#newest = entry;
    const all = this.#listeners.get(undefined) ?? [];
    for (const onEntry of [...all, ...this.#listeners.get(entry.key) ?? []]) {
      try {
        onEntry(entry);
      } catch (error) {
        this.#reports.onError(error); // The other listeners and entries do not depend on it.
      }
    }
  }

  async reach(seq: number, signal: AbortSignal = new AbortController().signal): Promise<void> {
    if (this.seen >= seq) return;
    const timer = setInterval(() => void this.check(), REACH_MS);
    try {
      await this.#feed.reach(seq, AbortSignal.any([signal, this.#closing.signal]));
    } finally {
      clearInterval(timer);
    }
  }

  async purge(key: string, before: number): Promise<void> {
    checkKey(key);
    await answered(this.#stream.purge(key, before));
  }

  /**
   * Checks that nothing was missed, and that the stream is the same one and has not lost entries.
   * It never fails: without an answer the next check tells.
   */
  async check(): Promise<void> {
    const start = this.#now();
    const { seen } = this; // Not afterwards: entries arrive faster than the answer.
    try {
      const { last, created } = await this.#position();
      this.#checkPosition({ last, created, seen });
    } catch (error) {
      const isMissing = isRefusal(error, JetStreamApiCodes.StreamNotFound);
      this.#missingSince = isMissing ? this.#missingSince ?? start : undefined;
      if (this.#isLong(this.#missingSince, MISSING_MS)) {
        this.#reportLost("its streams were deleted");
      }
    }
  }

  async #position(): Promise<StreamPosition> {
    const before = Date.now();
    const position = await this.#stream.position();
    this.clockOffsetMs = position.now - (before + Date.now()) / 2;
    this.#served = Math.max(this.#served, this.#now() - position.silentMs);
    return position;
  }

  /** Compares where the stream is with what this server had `seen` before it asked. */
  #checkPosition(
    { last, created, seen }: Pick<StreamPosition, "last" | "created"> & Pick<Journal, "seen">,
  ): void {
    this.#missingSince = undefined;
    this.#backSince = last < seen ? this.#backSince ?? this.#now() : undefined;
    if (created !== this.#created) this.#reportLost("its streams were made anew");
    const { backMs = BACK_MS } = this.#reports;
    if (this.#isLong(this.#backSince, backMs)) {
      this.#reportLost(`it is at ${last} and was at ${seen}`);
    }
    this.#feed.expect(last);
  }

  /** Checks that the newest entry is still the same, after a time without a connection. */
  async checkNewest(): Promise<void> {
    const newest = this.#newest;
    const time = newest && await this.#stream.timeOf(newest.seq).catch(() => undefined);
    if (newest && time !== undefined && time !== newest.time) {
      this.#reportLost(`it has another entry at ${newest.seq}`);
    }
    await this.check();
  }

  #isLong(since: number | undefined, ms: number): boolean {
    return since !== undefined && this.#now() - since >= ms;
  }

  #reportLost(reason: string): ChatError {
    const message = `NATS lost entries that it had stored: ${reason}`;
    this.#loss ??= new ChatError("unavailable", message);
    this.#reports.onLost(this.#loss);
    return this.#loss;
  }

  [Symbol.dispose](): void {
    this.#closing.abort(new ChatError("unavailable", "The server is stopping"));
    this.#live[Symbol.dispose]();
    this.#feed[Symbol.dispose]();
  }
}

/** @throws {ChatError} `invalid`, if it is not a key. */
function checkKey(key: string): void {
  if (KEY.test(key) && key.length <= MAX_KEY_CHARS) return;
  throw new ChatError("invalid", `The key "${key.slice(0, 100)}" is not valid`);
}

/** @throws {ChatError} `unavailable`, if a request was not answered or was refused. */
async function answered<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (cause) {
    if (cause instanceof ChatError) throw cause;
    const words = `NATS does not answer: ${errorMessage(cause)}`;
    // It is no fault of this server if the engine is away.
    throw new ChatError("unavailable", words, isAway(cause) ? undefined : { cause });
  }
}
