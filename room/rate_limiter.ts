import { ChatError } from "./errors.ts";
import { type Rate, TokenBucket } from "./token_bucket.ts";

/**
 * How fast a session posts, and in which order. What is too fast is refused, and so is what
 * its author sent after it before they knew: otherwise it would overtake what is sent again.
 */
export class RateLimiter {
  readonly #rate: Rate;
  readonly #now: () => number;
  /** Returns the bucket that the session takes from, maybe with others. */
  readonly #bucket: () => TokenBucket;
  /** How often a post was refused. */
  #refusals = 0;

  /**
   * Makes a limiter. A rate of 0 a second is none: everything passes.
   *
   * @param bucket Returns what it takes from. Default: a full bucket of its own.
   */
  constructor(rate: Rate, now: () => number, bucket?: () => TokenBucket) {
    const own = new TokenBucket(rate, now());
    this.#rate = rate;
    this.#now = now;
    this.#bucket = bucket ?? (() => own);
  }

  /**
   * Lets a post pass.
   *
   * @param known How many refusals its author knew of when they sent it; left out by those
   * who do not care for order.
   * @throws {ChatError} `limited`, if it comes too soon.
   */
  take(known: number = this.#refusals): void {
    if (this.#rate.perSecond === 0) return;
    const bucket = this.#bucket();
    const now = this.#now(); // Not before it is made: it is full from then on.
    const isBehind = known < this.#refusals;
    const waitMs = isBehind ? Math.max(1, bucket.delay(1, now)) : bucket.take(1, now);
    if (waitMs === 0) return;
    this.#refusals++;
    throw rateLimited("Too many notes", waitMs, this.#rate);
  }
}

/** The refusal of what comes too soon, with how long to wait. */
export function rateLimited(what: string, retryMs: number, { perSecond, burst }: Rate): ChatError {
  const seconds = Math.ceil(retryMs / 100) / 10;
  const often = perSecond < 1 ? `${perSecond * 60} a minute` : `${perSecond} a second`;
  return new ChatError(
    "limited",
    `${what}: wait ${seconds} s (at most ${often}, ${burst} at once)`,
    { retryMs },
  );
}
