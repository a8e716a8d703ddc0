import { Bucket, type Rate } from "./bucket.ts";
import { ChatError } from "./errors.ts";

/**
 * How fast somebody posts, and in which order. What is too fast is refused, and so is what
 * its author sent behind it before they knew: otherwise it would overtake what is sent again.
 */
export class Pace {
  readonly #rate: Rate;
  readonly #now: () => number;
  readonly #bucket: Bucket;
  /** How often a post was refused. */
  #refusals = 0;

  /** Starts with a full burst. A rate of 0 a second is none: everything passes. */
  constructor(rate: Rate, now: () => number) {
    this.#rate = rate;
    this.#now = now;
    this.#bucket = new Bucket(rate, now());
  }

  /** True if nothing has been posted for so long that a new pace would be the same. */
  get isFresh(): boolean {
    return this.#bucket.isFull(this.#now());
  }

  /**
   * Lets a post pass.
   *
   * @param known How many refusals its author knew of when they sent it; left out by those
   * who do not care for order.
   * @throws {ChatError} `limited`, if it comes too soon.
   */
  pass(known: number = this.#refusals): void {
    if (this.#rate.perSecond === 0) return;
    const now = this.#now();
    const isBehind = known < this.#refusals;
    const waitMs = isBehind ? Math.max(1, this.#bucket.wait(1, now)) : this.#bucket.take(1, now);
    if (waitMs === 0) return;
    this.#refusals++;
    throw tooFast(waitMs, this.#rate);
  }
}

function tooFast(retryMs: number, { perSecond, burst }: Rate): ChatError {
  const seconds = Math.ceil(retryMs / 100) / 10;
  return new ChatError(
    "limited",
    `Too many notes: wait ${seconds} s (at most ${perSecond} a second, ${burst} at once)`,
    { retryMs },
  );
}
