import type { Note } from "../note.ts";
import type { Log } from "./log.ts";
import { Segment } from "./segment.ts";

/** The largest segment: large enough that the cost of a frame is small compared to its notes. */
const MAX_SEGMENT = { notes: 1_000, chars: 256 * 1024 };
/** The most that is read from the log at once: it takes about a millisecond to deliver. */
const MAX_READ = { notes: 500, chars: 128 * 1024 };
/** The most that is kept of the notes that were stored. */
const MAX_STORED = { segments: 64, chars: 4 * 1024 * 1024 };
/**
 * The most segments that are kept after they were read: few enough that most notes that a late
 * reader has received are garbage before V8 counts them among the old objects, whose collection
 * takes fifty times as long.
 */
const MAX_READ_KEPT = 8;

/** A segment that is being read, or was read. */
interface Reading {
  readonly start: number;
  segment: Segment | Promise<Segment>;
}

/**
 * The segments of a log that were last stored or read, so that many readers cost one read and one
 * encoding: at the head, a little late, or all reconnecting at once.
 */
export class SegmentCache {
  readonly #log: Log;
  readonly #yieldToEventLoop: () => Promise<void>;
  /** Oldest first, like `#read`. */
  readonly #stored: Segment[] = [];
  #storedChars = 0;
  #read: Reading[] = [];

  /** Reads `log`, with a `yieldToEventLoop` before each read. */
  constructor(log: Log, yieldToEventLoop: () => Promise<void>) {
    this.#log = log;
    this.#yieldToEventLoop = yieldToEventLoop;
  }

  /** Adds notes that the log has just stored. */
  add(notes: readonly Note[]): void {
    let chars = 0;
    let from = 0;
    for (let i = 0; i < notes.length; i++) {
      chars += notes[i]!.message.length;
      if (
        i + 1 - from === MAX_SEGMENT.notes || chars >= MAX_SEGMENT.chars || i + 1 === notes.length
      ) {
        const part = notes.slice(from, i + 1);
        this.#store(new Segment(part[0]!.seq, part));
        from = i + 1;
        chars = 0;
      }
    }
  }

  /**
   * Returns the segment at position `next`, which must not be past the head, or the one at the
   * oldest note if retention has dropped it.
   */
  get(next: number): Segment | Promise<Segment> {
    const start = Math.max(next, this.#log.first);
    if (start > this.#log.head) return new Segment(start, []);
    const isThere = (kept: Segment | Reading) => kept.start === start;
    return this.#stored.findLast(isThere) ?? this.#read.findLast(isThere)?.segment ??
      this.#startReading(start);
  }

  #store(segment: Segment): void {
    this.#stored.push(segment);
    this.#storedChars += countChars(segment);
    while (
      this.#stored.length > MAX_STORED.segments ||
      this.#stored.length > 1 && this.#storedChars > MAX_STORED.chars
    ) {
      this.#storedChars -= countChars(this.#stored.shift()!);
    }
  }

  #startReading(start: number): Promise<Segment> {
    const segment = this.#readFrom(start);
    const reading: Reading = { start, segment };
    this.#read.push(reading);
    segment.then((read) => {
      reading.segment = read;
      const done = this.#read.filter((other) => other.segment instanceof Segment);
      if (done.length > MAX_READ_KEPT) this.#forget(done[0]!);
    }, () => this.#forget(reading));
    return segment;
  }

  #forget(reading: Reading): void {
    this.#read = this.#read.filter((other) => other !== reading);
  }

  async #readFrom(start: number): Promise<Segment> {
    await this.#yieldToEventLoop();
    const limit = { notes: this.#alignedEnd(start) - start, chars: MAX_READ.chars };
    const notes = await this.#log.read(start, limit);
    return new Segment(notes[0]?.seq ?? this.#log.first, notes);
  }

  /** Returns the end of a segment from `next`, so that readers from different positions align. */
  #alignedEnd(next: number): number {
    let end = next + MAX_READ.notes - (next - 1) % MAX_READ.notes;
    for (const { start } of [...this.#stored, ...this.#read]) {
      if (start > next && start < end) end = start;
    }
    return end;
  }
}

function countChars(segment: Segment): number {
  return segment.notes.reduce((chars, note) => chars + note.message.length, 0);
}
