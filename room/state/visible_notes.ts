import type { Log } from "./log.ts";

/** The number of private notes that are looked up at once. */
const PRIVATE_BATCH = 1_000;

/** The most private notes that are looked up in all, so that no join takes long. */
const MAX_PRIVATE = 10_000;

/** Counts the notes of a log that a reader may see: all but the private notes between others. */
export class VisibleNotes {
  readonly #log: Log;
  readonly #yieldToEventLoop: () => Promise<void>;

  /** Counts in `log`, with a `yieldToEventLoop` between looking up private notes. */
  constructor(log: Log, yieldToEventLoop: () => Promise<void>) {
    this.#log = log;
    this.#yieldToEventLoop = yieldToEventLoop;
  }

  /**
   * Finds the start of the newest `count` notes that a reader may see; of fewer, if there are more
   * than 10,000 private notes between them.
   *
   * @param reader Their identity; undefined for readers who see no private notes.
   */
  async last(count: number, reader: string | undefined): Promise<number> {
    const { head } = this.#log;
    let start = head + 1 - count;
    if (count > 0) {
      for await (const seq of this.#hidden(1, head + 1, reader)) {
        if (seq < start) break;
        start--;
      }
    }
    return Math.max(1, start);
  }

  /**
   * Counts the notes from position `from` up to `to`, kept or dropped, that a reader may see;
   * undefined if there are 10,000 private notes or more among them. Positions too old to be known
   * are not counted.
   */
  async count(from: number, to: number, reader: string | undefined): Promise<number | undefined> {
    const start = Math.max(from, this.#log.known);
    if (start >= to) return 0;
    let hidden = 0;
    for await (const _ of this.#hidden(start, to, reader)) hidden++;
    return hidden < MAX_PRIVATE ? to - start - hidden : undefined;
  }

  /** Yields the positions of private notes hidden from a reader, newest first, at most 10,000. */
  async *#hidden(from: number, to: number, reader: string | undefined): AsyncGenerator<number> {
    let end = to;
    for (let found = 0; found < MAX_PRIVATE; found += PRIVATE_BATCH) {
      const seqs = await this.#log.hidden(from, end, reader, PRIVATE_BATCH);
      yield* seqs;
      if (seqs.length < PRIVATE_BATCH) return;
      end = seqs.at(-1)!;
      await this.#yieldToEventLoop();
    }
  }
}
