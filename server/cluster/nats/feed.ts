import { Wakeup, Wakeups } from "../../../room/wakeup.ts";
import { sleep } from "../../sleep.ts";
import type { Entry } from "../engine.ts";

/** The entries that wait for an older one: beyond this, newer ones are read again later. */
const MAX_HELD_BYTES = 16 * 2 ** 20;
const MAX_HELD = 10_000;

const READ_ENTRIES = 500;
/** The pauses between the reads of a repair, in milliseconds: the first one, and the longest. */
const RETRY_MS = { first: 5, longest: 500 };
/** The number of reads in a row that find nothing, after which it asks whether there is anything. */
const READS_BEFORE_DOUBT = 4;

/** What a feed reads from. */
export interface FeedSource {
  /** Reads entries from a position on; between them are only deleted ones. */
  read(from: number, most: number): Promise<Entry[]>;
  /** Whether all entries from one position to another one are deleted; false if it is uncertain. */
  hasNone(from: number, to: number): Promise<boolean>;
}

/** Passes on all entries in order, each once: live ones, and those missed, which it reads. */
export class Feed implements Disposable {
  readonly #source: FeedSource;
  readonly #onEntry: (entry: Entry) => void;
  readonly #arrivals = new Wakeups();
  readonly #closing = new AbortController();
  /** Live entries beyond a gap, or from before the start. */
  readonly #held = new Map<number, Entry>();
  #heldBytes = 0;
  /** The position up to which all entries are passed on; undefined before the start. */
  #seen: number | undefined;
  /** The newest position that is known to exist. */
  #known = 0;
  #isRepairing = false;
  /** The number of entries that were missed and read. */
  repairs = 0;

  constructor(source: FeedSource, onEntry: (entry: Entry) => void) {
    this.#source = source;
    this.#onEntry = onEntry;
  }

  get seen(): number {
    return this.#seen ?? 0;
  }

  /** The newest position that is known to exist. */
  get known(): number {
    return Math.max(this.#known, this.seen);
  }

  /** The number of positions that are known to exist and not passed on yet. */
  get behind(): number {
    return Math.max(0, this.#known - this.seen);
  }

  /** Starts with the entries after a position. */
  start(seen: number): void {
    this.#seen = seen;
    this.#afterPassing();
    if (this.#held.size > 0) void this.#repair();
  }

  /** Receives a live entry. */
  receive(entry: Entry): void {
    this.#known = Math.max(this.#known, entry.seq);
    if (this.#seen !== undefined && entry.seq <= this.#seen) return;
    if (this.#seen !== undefined && entry.seq === this.#seen + 1) {
      this.#passOn(entry);
      this.#passOnHeld();
    } else {
      this.#hold(entry);
      if (this.#seen !== undefined) void this.#repair();
    }
  }

  /** Makes sure that everything up to a position that exists is passed on. */
  expect(known: number): void {
    this.#known = Math.max(this.#known, known);
    if (this.#known > this.seen) void this.#repair();
  }

  /** Notes that a position exists, whose entry should arrive soon. */
  note(known: number): void {
    this.#known = Math.max(this.#known, known);
  }

  /**
   * Waits until everything up to a position is passed on.
   *
   * @throws the reason of `signal`, once it is aborted.
   */
  async reach(seq: number, signal: AbortSignal): Promise<void> {
    const wakeup = new Wakeup();
    using _arrivals = this.#arrivals.add(wakeup);
    while (this.seen < seq) await wakeup.wait(signal);
  }

  #passOn(entry: Entry): void {
    this.#seen = entry.seq;
    this.#onEntry(entry);
    this.#arrivals.notify();
  }

  #passOnHeld(): void {
    for (let next; (next = this.#held.get(this.seen + 1));) {
      this.#drop(next);
      this.#passOn(next);
    }
  }

  #hold(entry: Entry): void {
    const { byteLength } = entry.data;
    const isFull = this.#held.size >= MAX_HELD || this.#heldBytes + byteLength > MAX_HELD_BYTES;
    if (isFull || this.#held.has(entry.seq)) return;
    this.#held.set(entry.seq, entry);
    this.#heldBytes += byteLength;
  }

  #drop(entry: Entry): void {
    if (this.#held.delete(entry.seq)) this.#heldBytes -= entry.data.byteLength;
  }

  /** Reads until everything that is known to exist is passed on. */
  async #repair(): Promise<void> {
    if (this.#isRepairing) return;
    this.#isRepairing = true;
    const { signal } = this.#closing;
    let waitMs = RETRY_MS.first;
    for (let misses = 0; this.behind > 0 && !signal.aborted;) {
      const found = await this.#source.read(this.seen + 1, READ_ENTRIES).catch(() => undefined);
      if (signal.aborted) break;
      if (found && this.#passOnFound(found)) {
        [misses, waitMs] = [0, RETRY_MS.first];
        continue;
      }
      // The node that answered is late, or there are only deleted entries.
      if (found && ++misses >= READS_BEFORE_DOUBT) await this.#passDeleted();
      await sleep(waitMs, signal).catch(() => {}); // Aborted: the loop ends.
      waitMs = Math.min(2 * waitMs, RETRY_MS.longest);
    }
    this.#isRepairing = false;
  }

  async #passDeleted(): Promise<void> {
    const [from, to] = [this.seen + 1, this.#known];
    const areDeleted = await this.#source.hasNone(from, to).catch(() => false);
    if (!areDeleted || this.seen >= to) return;
    this.#seen = to;
    this.#afterPassing();
  }

  /** Passes on entries that were read, and returns whether one of them was new. */
  #passOnFound(found: readonly Entry[]): boolean {
    const before = this.seen;
    for (const entry of found) {
      if (entry.seq <= this.seen) continue;
      this.repairs++;
      this.#drop(entry);
      this.#passOn(entry);
    }
    this.#afterPassing();
    return this.seen > before;
  }

  /** Goes on with the live entries that were held back. */
  #afterPassing(): void {
    for (const entry of this.#held.values()) if (entry.seq <= this.seen) this.#drop(entry);
    this.#passOnHeld();
    this.#arrivals.notify();
  }

  /** Ends repairs. */
  [Symbol.dispose](): void {
    this.#closing.abort();
    this.#held.clear();
  }
}
