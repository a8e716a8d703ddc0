/** The start of a batch. */
export interface BatchStart {
  /** The position of its first note. */
  readonly first: number;
  /** Its position in the journal. */
  readonly place: number;
}

/** The most starts that are remembered. */
const MAX_STARTS = 2_000;

/**
 * Where batches start in the journal, so that it can be purged up to the oldest kept note. If there
 * are many, it remembers only some: then a few notes more than necessary are kept.
 */
export class BatchStarts {
  #starts: BatchStart[] = [];

  /** Adds the start of the next batch. */
  add(start: BatchStart): void {
    this.#starts.push(start);
    if (this.#starts.length > MAX_STARTS) {
      const newest = this.#starts.length - 1;
      this.#starts = this.#starts.filter((_, i) => i % 2 === 0 || i === newest);
    }
  }

  /**
   * Returns the place of the newest batch that starts no later than at the note `first`, and
   * forgets older ones. Undefined if there is none.
   */
  placeOf(first: number): number | undefined {
    const after = this.#starts.findIndex((start) => start.first > first);
    const count = after === -1 ? this.#starts.length : after;
    if (count > 1) this.#starts.splice(0, count - 1);
    return count > 0 ? this.#starts[0]!.place : undefined;
  }
}
