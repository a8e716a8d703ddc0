/**
 * The clock by which the clients of this process measure how long a connection has lasted. It makes
 * each restart look unexpected, as after an hour. If connections were lost within seconds of each
 * other, the clients would back off longer and longer.
 */
export class ForwardClock implements Disposable {
  static readonly #now = performance.now;
  /** All of them, since several runs may last at the same time. */
  static readonly #clocks = new Set<ForwardClock>();
  static #aheadMs = 0;

  /** Takes the place of `performance.now` until it is disposed. */
  constructor() {
    ForwardClock.#clocks.add(this);
    performance.now = () => ForwardClock.#now.call(performance) + ForwardClock.#aheadMs;
  }

  /** Lets so much time pass at once, in milliseconds. */
  advance(ms: number): void {
    ForwardClock.#aheadMs += ms;
  }

  [Symbol.dispose](): void {
    ForwardClock.#clocks.delete(this);
    if (ForwardClock.#clocks.size === 0) performance.now = ForwardClock.#now;
  }
}
