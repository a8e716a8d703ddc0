import { type Rate, TokenBucket } from "../../room/token_bucket.ts";

/** The number of buckets at which full ones are first dropped. */
const FIRST_SWEEP = 1_024;

/** A token bucket per holder. A full bucket is dropped, since it is equal to a new one. */
export class TokenBuckets {
  readonly #rate: Rate;
  readonly #now: () => number;
  readonly #buckets = new Map<string, TokenBucket>();
  /** The number of buckets at which full ones are next dropped. */
  #sweepAt = FIRST_SWEEP;

  /** Creates buckets with one rate. Times are in milliseconds, from a monotonic clock. */
  constructor(rate: Rate, now: () => number) {
    this.#rate = rate;
    this.#now = now;
  }

  /** The number of buckets. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Returns the bucket of a holder. Use it at once: it may be dropped later. */
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
