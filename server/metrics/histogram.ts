/** A histogram with fixed buckets. */
export class Histogram {
  /** The upper bounds of the buckets, in order. One more bucket is above the last bound. */
  readonly bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #record: (value: number) => void = () => {};

  /** Creates an empty histogram. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const bucket = this.bounds.findIndex((bound) => value <= bound);
    this.#counts[bucket < 0 ? this.bounds.length : bucket]!++;
    this.#sum += value;
    this.#record(value);
  }

  /** Calls `record` with each value from now on. It replaces the previous function. */
  forward(record: (value: number) => void): void {
    this.#record = record;
  }

  /** The number of values. */
  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  /** The sum of all values. */
  get sum(): number {
    return this.#sum;
  }

  /** The number of values up to each bound, and the total. */
  cumulative(): number[] {
    let sum = 0;
    return this.#counts.map((count) => sum += count);
  }

  /**
   * Returns the bound below which a share of all values lies, with `share` from 0 to 1: `Infinity`
   * if it is above the last bound, 0 if there are no values.
   */
  quantile(share: number): number {
    const least = share * this.count;
    if (least === 0) return 0;
    return this.bounds[this.cumulative().findIndex((count) => count >= least)] ?? Infinity;
  }
}
