import { ChatError } from "../../room/errors.ts";
import { toNetwork, toSite } from "../../room/network.ts";
import { formatNumber } from "../../text/number.ts";
import { sleep } from "../sleep.ts";

/** How many passwords are looked at. */
interface Bound {
  /** How long the next has to wait after a wrong one, in milliseconds. */
  readonly waitMs: number;
  /** How many may wait. */
  readonly maxWaiting: number;
}

/**
 * Of one network; and of a /48 network, whose owner has 65,536 of the former, but whose neighbours
 * may be strangers.
 */
const NETWORK: Bound = { waitMs: 1_000, maxWaiting: 4 };
const SITE: Bound = { waitMs: 125, maxWaiting: 32 };

/** A clock that only goes forward, in milliseconds. */
export interface Clock {
  /** The time. */
  now(): number;
  /** Waits; rejects with the reason of `signal`, once it is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Where passwords come from, one after another. */
class Lane {
  readonly bound: Bound;
  /** Until when no password from there is looked at. */
  closedUntil = 0;
  waiting = 0;

  constructor(bound: Bound) {
    this.bound = bound;
  }
}

/** The lanes that a password is in, by where they are. */
type Lanes = ReadonlyMap<string, Lane>;

/** Spaces out guesses of the password by where they come from, so that they are few everywhere. */
export class PasswordThrottle {
  readonly #clock: Clock;
  /** By network and by site, in the order in which they were closed. */
  readonly #lanes = new Map<string, Lane>();

  /** Starts without any. */
  constructor(clock: Clock = { now: () => performance.now(), sleep }) {
    this.#clock = clock;
  }

  /**
   * Has `isRight` look at a password from `address`, as soon as it is its turn. If it is wrong,
   * the next from there has to wait.
   *
   * @throws {ChatError} `limited`, if too many wait there already.
   * @throws the reason of `signal`, once it is aborted.
   */
  async attempt(address: string, isRight: () => boolean, signal: AbortSignal): Promise<boolean> {
    this.#sweep();
    const lanes = this.#lanesFor(address);
    if (this.#remainingMs(lanes) > 0) checkQueue(lanes);
    for (const lane of lanes.values()) lane.waiting++;
    try {
      for (let ms; (ms = this.#remainingMs(lanes)) > 0;) await this.#clock.sleep(ms, signal);
      // In the turn in which it was open: the next one looks whether it is closed again.
      if (isRight()) return true;
      this.#close(lanes);
      return false;
    } finally {
      for (const lane of lanes.values()) lane.waiting--;
    }
  }

  #close(lanes: Lanes): void {
    for (const [where, lane] of lanes) {
      lane.closedUntil = this.#clock.now() + lane.bound.waitMs;
      this.#lanes.delete(where);
      this.#lanes.set(where, lane);
    }
  }

  #remainingMs(lanes: Lanes): number {
    let until = 0;
    for (const { closedUntil } of lanes.values()) until = Math.max(until, closedUntil);
    return until - this.#clock.now();
  }

  #lanesFor(address: string): Lanes {
    const network = toNetwork(address);
    const site = toSite(network);
    const lanes = new Map([[network, this.#lanes.get(network) ?? new Lane(NETWORK)]]);
    if (site !== undefined) lanes.set(site, this.#lanes.get(site) ?? new Lane(SITE));
    for (const [where, lane] of lanes) this.#lanes.set(where, lane);
    return lanes;
  }

  #sweep(): void {
    for (const [where, { closedUntil, waiting }] of this.#lanes) {
      if (closedUntil > this.#clock.now()) break; // Those after it were closed later.
      if (waiting === 0) this.#lanes.delete(where);
    }
  }
}

/** Checks that one more may wait. */
function checkQueue(lanes: Lanes): void {
  for (const { bound: { waitMs, maxWaiting }, waiting } of lanes.values()) {
    if (waiting < maxWaiting) continue;
    const retryMs = waitMs * (waiting + 1);
    const words = `${formatNumber(maxWaiting)} passwords from your network wait already`;
    const wait = `try again in ${Math.ceil(retryMs / 1_000)} s`;
    throw new ChatError("limited", `${words}: ${wait}`, { retryMs });
  }
}
