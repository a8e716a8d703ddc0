/**
 * The clock by which the clients of this process measure how long a connection has lasted. It makes each
 * restart look unexpected, as after an hour. If connections were lost within seconds of each other,
 * the clients would back off longer and longer.
 */
export class ForwardClock implements Disposable {
  readonly #now = performance.now;
  #aheadMs = 0;

  /** Takes the place of `performance.now` until it is disposed. */
  constructor() {
    performance.now = () => this.#now.call(performance) + this.#aheadMs;
  }

  /** Lets so much time pass at once, in milliseconds. */
  advance(ms: number): void {
    this.#aheadMs += ms;
  }

  [Symbol.dispose](): void {
    performance.now = this.#now;
  }
}
