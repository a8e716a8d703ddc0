import { ChatError } from "../../room/errors.ts";
import { type Rate, TokenBucket } from "../../room/token_bucket.ts";

/**
 * Limits how fast a session posts, and keeps its posts in order. A post that is too fast is
 * refused, and so are those sent after it before the author knew: otherwise they would overtake the
 * post when it is sent again.
 */
export class RateLimiter {
  readonly #rate: Rate;
  readonly #now: () => number;
  /** Returns the session's bucket, which it may share with others. */
  readonly #bucket: () => TokenBucket;
  /** The number of refused posts. */
  #refusals = 0;

  /**
   * Creates a limiter. A rate of 0 a second means no limit.
   *
   * @param bucket Returns the bucket to use. Default: a full bucket of its own.
   */
  constructor(rate: Rate, now: () => number, bucket?: () => TokenBucket) {
    const own = new TokenBucket(rate, now());
    this.#rate = rate;
    this.#now = now;
    this.#bucket = bucket ?? (() => own);
  }

  /**
   * Charges for a post.
   *
   * @param known The number of refusals its author knew of when sending it; undefined if order does
   * not matter.
   * @throws {ChatError} `limited`, if it is too soon.
   */
  take(known: number = this.#refusals): void {
    if (this.#rate.perSecond === 0) return;
    const bucket = this.#bucket();
    const now = this.#now(); // After the bucket was created, which must not be later than `now`.
    const isBehind = known < this.#refusals;
    const waitMs = isBehind ? Math.max(1, bucket.delay(1, now)) : bucket.take(1, now);
    if (waitMs === 0) return;
    this.#refusals++;
    throw rateLimited("Too many notes", waitMs, this.#rate);
  }

  /** Undoes a refusal, whose author gets another answer to the post. */
  forgive(): void {
    this.#refusals--;
  }
}

/** Returns the error for a request that is too soon, with the time to wait. */
export function rateLimited(what: string, retryMs: number, { perSecond, burst }: Rate): ChatError {
  const seconds = Math.ceil(retryMs / 100) / 10;
  const often = perSecond < 1 ? `${perSecond * 60} a minute` : `${perSecond} a second`;
  return new ChatError(
    "limited",
    `${what}: wait ${seconds} s (at most ${often}, ${burst} at once)`,
    { retryMs },
  );
}
