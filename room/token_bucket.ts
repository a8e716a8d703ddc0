/** How fast something may go. */
export interface Rate {
  /** How much comes back in a second. */
  readonly perSecond: number;
  /** How much there is at most: what may go at once after a rest. */
  readonly burst: number;
}

/** What sums of fractions may be wrong by, in milliseconds: no wait is so short. */
const ROUNDING_MS = 1e-3;

/** A token bucket: full at first, emptied by what is taken, filled again by time. */
export class TokenBucket {
  /** How long one takes to come back, and all of it, in milliseconds. */
  readonly #oneMs: number;
  readonly #fullMs: number;
  /** When it would have been empty: all that it has came back since then. */
  #emptyAt: number;

  /** Makes a full bucket; times are in milliseconds, from any clock that only goes forward. */
  constructor({ perSecond, burst }: Rate, now: number) {
    this.#oneMs = 1_000 / perSecond;
    this.#fullMs = burst * this.#oneMs;
    this.#emptyAt = now - this.#fullMs;
  }

  /**
   * Takes `count` and returns 0; or takes nothing, and returns how many milliseconds to wait
   * until there is as much. More than the burst is never there.
   */
  take(count: number, now: number): number {
    const waitMs = this.delay(count, now);
    if (waitMs === 0) this.#emptyAt += count * this.#oneMs;
    return waitMs;
  }

  /** Returns what `take` would, and takes nothing. */
  delay(count: number, now: number): number {
    this.#emptyAt = Math.max(this.#emptyAt, now - this.#fullMs);
    // Whole milliseconds, rounded up: whoever waits so long finds what they wait for.
    return Math.max(0, Math.ceil(this.#emptyAt + count * this.#oneMs - now - ROUNDING_MS));
  }

  /** Gives back what was taken, as far as there is room. */
  refund(count: number): void {
    this.#emptyAt -= count * this.#oneMs;
  }

  /** True if time has brought back all that was taken: a new one would be the same. */
  isFull(now: number): boolean {
    return now - this.#emptyAt >= this.#fullMs;
  }
}
