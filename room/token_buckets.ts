import { type Rate, TokenBucket } from "./token_bucket.ts";

/** How many buckets there are before the first look at which are full again. */
const FIRST_SWEEP = 1_024;

/** A bucket for each holder. One that is full again is dropped: a new one would be the same. */
export class TokenBuckets {
  readonly #rate: Rate;
  readonly #now: () => number;
  readonly #buckets = new Map<string, TokenBucket>();
  /** How many there are when those that are full are dropped. */
  #sweepAt = FIRST_SWEEP;

  /** Makes buckets of one rate; times are in milliseconds, from a clock that only goes forward. */
  constructor(rate: Rate, now: () => number) {
    this.#rate = rate;
    this.#now = now;
  }

  /** How many there are. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Returns the bucket of a holder, to be used at once: it may be dropped later. */
  get(holder: string): TokenBucket {
    let bucket = this.#buckets.get(holder);
    if (!bucket) {
      if (this.#buckets.size >= this.#sweepAt) this.#sweep();
      this.#buckets.set(holder, bucket = new TokenBucket(this.#rate, this.#now()));
    }
    return bucket;
  }

  #sweep(): void {
    const now = this.#now();
    for (const [holder, bucket] of this.#buckets) {
      if (bucket.isFull(now)) this.#buckets.delete(holder);
    }
    this.#sweepAt = Math.max(FIRST_SWEEP, this.#buckets.size * 2);
  }
}
