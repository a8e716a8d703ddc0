import { ChatError, errorMessage } from "../../room/errors.ts";
import { sleep } from "../sleep.ts";
import { type AppendOptions, Conflict, type Entry, type Journal } from "./engine.ts";
import type { Connection } from "./nats_connection.ts";
import { Feed } from "./nats_feed.ts";
import { NO_STREAM, Refused, type StoredEntry, Stream, type StreamNames } from "./nats_stream.ts";

/** Letters, digits, `-` and `_`, in parts between dots. */
const KEY = /^[\w-]+(?:\.[\w-]+)*$/;
const MAX_KEY_CHARS = 1_000;

/** The pause before another read, if the node of the last one is late, in milliseconds. */
const LATE_MS = 10;
/** The time for a node that is late, in milliseconds. */
const MAX_LATE_MS = 10_000;
/** The time after which `reach()` asks where the stream is, in milliseconds. */
const REACH_MS = 100;
/** The number of checks in a row without a stream, after which it counts as deleted. */
const MAX_MISSING = 3;

/** What a journal reports. */
export interface JournalReports {
  /** The engine lost entries. */
  onLost(error: ChatError): void;
  onError(error: unknown): void;
}

/** A journal in a stream of the engine. */
export class NatsJournal implements Journal, Disposable {
  readonly #stream: Stream;
  readonly #reports: JournalReports;
  readonly #feed: Feed;
  readonly #live: Disposable;
  readonly #listeners = new Set<(entry: Entry) => void>();
  readonly #closing = new AbortController();
  /** When the stream was made, as of the start of this server. */
  #created = "";
  /** The newest entry that was passed on. */
  #newest: { readonly seq: number; readonly time: number } | undefined;
  #missing = 0;
  conflicts = 0;

  private constructor(connection: Connection, names: StreamNames, reports: JournalReports) {
    this.#stream = new Stream(connection, names);
    this.#reports = reports;
    this.#feed = new Feed(this.#stream, (entry) => this.#passOn(entry));
    this.#live = connection.subscribe(`${names.live}.>`, (message) => {
      this.#feed.receive(this.#stream.entryOf(message));
    });
  }

  /**
   * Opens the journal of a stream that exists.
   *
   * @throws {NoAnswer | UnknownOutcome | Refused | ChatError}
   */
  static async open(
    connection: Connection,
    names: StreamNames,
    reports: JournalReports,
  ): Promise<NatsJournal> {
    const journal = new NatsJournal(connection, names, reports);
    try {
      await connection.flush(); // Live entries arrive from here on, so that none is missed.
      journal.#created = (await journal.#stream.position()).created;
      // The first mark, which `newestOf()` needs; and a server that may not append learns it now.
      journal.#feed.start(await journal.#stream.mark());
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

  async append(key: string, data: Uint8Array, options: AppendOptions = {}): Promise<number> {
    checkKey(key);
    const { seen } = this;
    try {
      const seq = await this.#stream.append(key, data, options);
      if (seq <= seen) this.#reportLost(`it appended at ${seq} after ${seen}`);
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
      found.push(...more.filter(({ isMark }) => !isMark));
      next = (more.at(-1)?.seq ?? next - 1) + 1;
      if (more.length > 0) continue;
      if (next > seen || await answered(this.#hasNoMore(next, seen, key))) break;
      if (performance.now() > deadline) throw new ChatError("unavailable", "NATS is late");
      await sleep(LATE_MS, this.#closing.signal);
    }
    return found;
  }

  /** Whether all entries from `next` to `seen` are deleted; false if it is not certain yet. */
  async #hasNoMore(next: number, seen: number, key?: string): Promise<boolean> {
    if (key === undefined) {
      await this.#stream.mark(); // The next read finds it, on a node that has everything before it.
      return false;
    }
    const newest = await this.#stream.newestOf(key, seen);
    return newest !== undefined && newest < next;
  }

  listen(onEntry: (entry: Entry) => void): Disposable {
    this.#listeners.add(onEntry);
    return { [Symbol.dispose]: () => void this.#listeners.delete(onEntry) };
  }

  #passOn(entry: StoredEntry): void {
    this.#newest = entry;
    for (const onEntry of [...this.#listeners]) {
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
    try {
      const { last, created } = await this.#stream.position();
      this.#missing = 0;
      if (created !== this.#created) return this.#reportLost("its journals were made anew");
      if (last < this.seen) return await this.#checkBack();
      this.#feed.expect(last);
    } catch (error) {
      const isMissing = error instanceof Refused && error.code === NO_STREAM;
      this.#missing = isMissing ? this.#missing + 1 : 0;
      if (this.#missing >= MAX_MISSING) this.#reportLost("its journals were deleted");
    }
  }

  /**
   * Checks whether the stream went back. The answer that it did may come from a node that has just
   * begun to lead; a position that is given for the second time is proof.
   */
  async #checkBack(): Promise<void> {
    const { seen } = this;
    const mark = await this.#stream.mark();
    if (mark <= seen) this.#reportLost(`it is at ${mark} and was at ${seen}`);
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

  #reportLost(reason: string): void {
    const message = `NATS lost entries that it had stored: ${reason}; start the server again`;
    this.#reports.onLost(new ChatError("unavailable", message));
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
    throw new ChatError("unavailable", `NATS does not answer: ${errorMessage(cause)}`, { cause });
  }
}
