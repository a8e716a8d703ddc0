import { JetStreamApiCodes } from "@nats-io/jetstream";
import { ChatError, errorMessage } from "../../room/errors.ts";
import { after, every } from "../every.ts";
import { sleep } from "../sleep.ts";
import { type AppendOptions, Conflict, type Entry, type Journal } from "./engine.ts";
import { type Connection, isRefusal } from "./nats_connection.ts";
import { Feed } from "./nats_feed.ts";
import { LossCheck, type LossOptions } from "./nats_loss.ts";
import { SharedQuestion } from "./shared_question.ts";
import { checkKey, Stream, type StreamNames, type StreamPosition } from "./nats_stream.ts";

/** The pause before another read, if the node of the last one is late, in milliseconds. */
const LATE_MS = 10;
/** The time for a node that is late, in milliseconds, and the words after it. */
const MAX_LATE_MS = 10_000;
const LATE = "NATS does not have the newest entries yet";
/** The time after which `reach()` asks where the stream is, in milliseconds. */
const REACH_MS = 100;

/** What a journal reports, when, and its clock. */
export interface JournalReports extends Omit<LossOptions, "now"> {
  readonly onError: (error: unknown) => void;
  /** The time in milliseconds, from a monotonic clock. Default: that of the system. */
  readonly now?: () => number;
  /** Calls a function regularly. Default: by a timer. */
  readonly repeat?: typeof every;
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
  readonly #loss: LossCheck;
  readonly #position = new SharedQuestion(() => this.#askPosition());
  /** The number of callers that wait to reach a position, and the checks on their behalf. */
  #reaching = 0;
  #checks: Disposable | undefined;
  /** When the node that leads the stream last answered. */
  #answered = 0;
  /** The newest entry that was passed on. */
  #newest: { readonly seq: number; readonly time: number } | undefined;
  /** The number of appends that were refused because of newer entries. */
  conflicts = 0;
  /** The engine's time minus this machine's, in milliseconds; undefined before the first check. */
  clockOffsetMs: number | undefined;

  private constructor(connection: Connection, names: StreamNames, reports: JournalReports) {
    this.#stream = new Stream(connection, names);
    this.#reports = reports;
    const now = this.#now = reports.now ?? (() => performance.now());
    this.#loss = new LossCheck({ ...reports, now });
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
      const { last, created } = await journal.#position.ask();
      journal.#loss.start(created);
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

  /** The time since the node that leads the stream last answered, in milliseconds. */
  get silentMs(): number {
    return this.#now() - this.#answered;
  }

  async append(key: string, data: Uint8Array, options: AppendOptions = {}): Promise<number> {
    checkKey(key);
    this.#loss.throwIfLost();
    const { seen } = this;
    try {
      const seq = await this.#stream.append(key, data, options);
      if (seq <= seen) throw this.#loss.report(`it appended at ${seq} after ${seen}`);
      this.#feed.note(seq);
      return seq;
    } catch (error) {
      if (error instanceof Conflict) this.conflicts++;
      throw error;
    }
  }

  async read(from: number, most: number, key?: string): Promise<Entry[]> {
    if (key !== undefined) checkKey(key);
    this.#loss.throwIfLost();
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
    return (await this.#position.ask()).last >= to;
  }

  async newest(key: string): Promise<number> {
    checkKey(key);
    this.#loss.throwIfLost();
    const { known } = this.#feed;
    return await this.#untilCurrent(async () => {
      const newest = await this.#stream.newest(key);
      // A node that no longer leads may believe for a while that it does.
      return newest >= known || (await this.#position.ask()).last >= known ? newest : undefined;
    });
  }

  async last(): Promise<number> {
    this.#loss.throwIfLost();
    const { known } = this.#feed;
    return await this.#untilCurrent(async () => {
      const { last } = await this.#position.ask();
      return last >= known ? last : undefined;
    });
  }

  /** Repeats a question until it has an answer from a node that is not late. */
  async #untilCurrent<T>(ask: () => Promise<T | undefined>): Promise<T> {
    const deadline = performance.now() + MAX_LATE_MS;
    while (true) {
      const answer = await answered(ask());
      if (answer !== undefined) return answer;
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
    const { repeat = every } = this.#reports;
    if (this.#reaching++ === 0) this.#checks = repeat(REACH_MS, () => void this.check());
    try {
      await this.#feed.reach(seq, AbortSignal.any([signal, this.#closing.signal]));
    } finally {
      if (--this.#reaching === 0) this.#checks?.[Symbol.dispose]();
    }
  }

  async confirm(seq: number, isSame: (entry: Entry) => boolean): Promise<void> {
    await this.#reachAgain(seq);
    const [entry] = await this.read(seq, 1);
    if (entry?.seq !== seq || isSame(entry)) return;
    throw this.#loss.report(`it has another entry at ${seq}`);
  }

  /** Reports that entries were lost, and returns the error that says why. */
  lose(reason: string): ChatError {
    return this.#loss.report(reason);
  }

  /** Waits until this server has seen what it had seen before its start. */
  async #reachAgain(seq: number): Promise<void> {
    const late = new AbortController();
    using _timer = after(this.#loss.backMs, () => late.abort());
    try {
      await this.reach(seq, late.signal);
    } catch {
      const { last } = await answered(this.#position.ask());
      if (last < seq) throw this.#loss.report(`it is at ${last} and was at ${seq}`);
      throw new ChatError("unavailable", LATE);
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
      const position = await this.#position.ask();
      this.#loss.comparePosition(position, seen);
      this.#feed.expect(position.last);
    } catch (error) {
      this.#loss.noteFailure(isRefusal(error, JetStreamApiCodes.StreamNotFound), start);
    }
  }

  async #askPosition(): Promise<StreamPosition> {
    const before = Date.now();
    const position = await this.#stream.position();
    this.clockOffsetMs = position.now - (before + Date.now()) / 2;
    this.#answered = this.#now();
    return position;
  }

  /** Checks that the newest entry is still the same, after a time without a connection. */
  async checkNewest(): Promise<void> {
    const newest = this.#newest;
    const time = newest && await this.#stream.timeOf(newest.seq).catch(() => undefined);
    if (newest && time !== undefined && time !== newest.time) {
      this.#loss.report(`it has another entry at ${newest.seq}`);
    }
    await this.check();
  }

  [Symbol.dispose](): void {
    this.#closing.abort(new ChatError("unavailable", "The server is stopping"));
    this.#live[Symbol.dispose]();
    this.#feed[Symbol.dispose]();
  }
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
