import type { Note } from "../note.ts";
import type { Log } from "./log.ts";
import { Segment } from "./segment.ts";

/** The largest segment: large enough that the cost of a frame is small compared to its notes. */
const MAX_SEGMENT = { notes: 1_000, chars: 256 * 1024 };
/** The most that is read from the log at once: it takes about a millisecond to deliver. */
const MAX_READ = { notes: 500, chars: 128 * 1024 };
/** The size of the cache. */
const MAX_KEPT = { runs: 64, chars: 4 * 1024 * 1024 };

/**
 * The segments of a log that were last read or written, so that many readers cost one read and one
 * encoding: at the head, a little late, or all reconnecting at once.
 */
export class SegmentCache {
  readonly #log: Log;
  readonly #yieldToEventLoop: () => Promise<void>;
  /** By start position, oldest first; a promise while being read. */
  readonly #kept = new Map<number, Segment | Promise<Segment>>();
  #keptChars = 0;

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
        this.#keep(part[0]!.seq, new Segment(part[0]!.seq, part));
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
    const kept = this.#kept.get(start);
    if (kept) return kept;
    const reading = this.#read(start);
    this.#kept.set(start, reading);
    reading.then((segment) => this.#keep(start, segment), () => this.#forget(start));
    return reading;
  }

  async #read(start: number): Promise<Segment> {
    await this.#yieldToEventLoop();
    const limit = { notes: this.#alignedEnd(start) - start, chars: MAX_READ.chars };
    const notes = await this.#log.read(start, limit);
    return new Segment(notes[0]?.seq ?? this.#log.first, notes);
  }

  /** Returns the end of a segment from `next`, so that readers from different positions align. */
  #alignedEnd(next: number): number {
    let end = next + MAX_READ.notes - (next - 1) % MAX_READ.notes;
    for (const start of this.#kept.keys()) {
      if (start > next && start < end) end = start;
    }
    return end;
  }

  #keep(from: number, segment: Segment): void {
    this.#forget(from);
    this.#kept.set(from, segment);
    this.#keptChars += countChars(segment);
    for (const oldest of this.#kept.keys()) {
      const fits = this.#kept.size <= MAX_KEPT.runs && this.#keptChars <= MAX_KEPT.chars;
      if (fits || oldest === from) break;
      this.#forget(oldest);
    }
  }

  #forget(from: number): void {
    const kept = this.#kept.get(from);
    this.#kept.delete(from);
    if (kept && !(kept instanceof Promise)) this.#keptChars -= countChars(kept);
  }
}

function countChars(segment: Segment): number {
  return segment.notes.reduce((chars, note) => chars + note.message.length, 0);
}
