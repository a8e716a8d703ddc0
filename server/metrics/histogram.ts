/** How often a value was how large, by buckets that do not move. */
export class Histogram {
  /** The upper bounds of the buckets, in order; above the last one is one more. */
  readonly bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #record: (value: number) => void = () => {};

  /** Makes an empty one. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  /** Counts a value. */
  observe(value: number): void {
    const bucket = this.bounds.findIndex((bound) => value <= bound);
    this.#counts[bucket < 0 ? this.bounds.length : bucket]!++;
    this.#sum += value;
    this.#record(value);
  }

  /** Has `record` hear of every value from now on, instead of who has heard of it before. */
  forward(record: (value: number) => void): void {
    this.#record = record;
  }

  /** How many values there were. */
  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  /** All of them together. */
  get sum(): number {
    return this.#sum;
  }

  /** How many values there were up to each bound, and in all. */
  cumulative(): number[] {
    let sum = 0;
    return this.#counts.map((count) => sum += count);
  }

  /**
   * The bound that so many of all values do not pass, `share` from 0 to 1: `Infinity` if that is
   * above the last one, 0 if there are none.
   */
  quantile(share: number): number {
    const least = share * this.count;
    if (least === 0) return 0;
    return this.bounds[this.cumulative().findIndex((count) => count >= least)] ?? Infinity;
  }
}
