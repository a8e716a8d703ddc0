/** A rate limit. */
export interface Rate {
  /** The number of tokens added per second. */
  readonly perSecond: number;
  /** The capacity of the bucket: how much may be used at once after a pause. */
  readonly burst: number;
}

/** The rounding error of summed fractions, in milliseconds. No wait is that short. */
const ROUNDING_MS = 1e-3;

/** A token bucket. It starts full, and is refilled over time. */
export class TokenBucket {
  /** The time to refill one token, and all of them, in milliseconds. */
  readonly #oneMs: number;
  readonly #fullMs: number;
  /** The time when it would have been empty: all its tokens were refilled since then. */
  #emptyAt: number;

  /** Creates a full bucket. Times are in milliseconds, from any monotonic clock. */
  constructor({ perSecond, burst }: Rate, now: number) {
    this.#oneMs = 1_000 / perSecond;
    this.#fullMs = burst * this.#oneMs;
    this.#emptyAt = now - this.#fullMs;
  }

  /**
   * Takes `count` tokens and returns 0, or takes none and returns the milliseconds until there are
   * enough. There are never more than the burst.
   */
  take(count: number, now: number): number {
    const waitMs = this.delay(count, now);
    if (waitMs === 0) this.#emptyAt += count * this.#oneMs;
    return waitMs;
  }

  /** Returns the result of `take` without taking tokens. */
  delay(count: number, now: number): number {
    this.#emptyAt = Math.max(this.#emptyAt, now - this.#fullMs);
    // In whole milliseconds, rounded up, so that a caller that waits finds enough tokens.
    return Math.max(0, Math.ceil(this.#emptyAt + count * this.#oneMs - now - ROUNDING_MS));
  }

  /** Returns tokens to the bucket, up to its capacity. */
  refund(count: number): void {
    this.#emptyAt -= count * this.#oneMs;
  }

  /** True if all tokens are refilled, so that the bucket is equal to a new one. */
  isFull(now: number): boolean {
    return now - this.#emptyAt >= this.#fullMs;
  }
}
