import type { Rate } from "../room/bucket.ts";
import { Pace } from "../room/pace.ts";
import { addressOf, networkOf, UNIX } from "./network.ts";

/** How many paces there are before the first look at which are of no more use. */
const FIRST_SWEEP = 1_024;

/** How fast those post who have no session, but an address. */
export class NetworkPaces {
  readonly #rate: Rate;
  readonly #now: () => number;
  readonly #paces = new Map<string, Pace>();
  /** How many there are when those are dropped that are of no more use. */
  #sweepAt = FIRST_SWEEP;

  /** Makes paces of one rate. */
  constructor(rate: Rate, now: () => number) {
    this.#rate = rate;
    this.#now = now;
  }

  /**
   * Lets a post of a peer pass; those on Unix sockets cannot be told apart, and have no bound.
   *
   * @throws {ChatError} `limited`, if it comes too soon.
   */
  pass(peer: string): void {
    const address = addressOf(peer);
    if (address === UNIX) return;
    const network = networkOf(address);
    let pace = this.#paces.get(network);
    if (!pace) {
      if (this.#paces.size >= this.#sweepAt) this.#sweep();
      this.#paces.set(network, pace = new Pace(this.#rate, this.#now));
    }
    pace.pass();
  }

  #sweep(): void {
    for (const [network, pace] of this.#paces) if (pace.isFresh) this.#paces.delete(network);
    this.#sweepAt = Math.max(FIRST_SWEEP, this.#paces.size * 2);
  }
}
