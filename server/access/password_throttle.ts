import { ChatError } from "../../room/errors.ts";
import { toNetwork, toSite } from "../../room/network.ts";
import { formatNumber } from "../../text/number.ts";
import { sleep } from "../sleep.ts";

/** A limit on password attempts. */
interface LaneLimit {
  /** The wait of the next attempt after a wrong one, in milliseconds. */
  readonly waitMs: number;
  /** The number of attempts that may wait. */
  readonly maxWaiting: number;
}

/**
 * The limits per network and per /48 network. The owner of a /48 has 65,536 networks, but its
 * neighbors in it may be strangers.
 */
const NETWORK: LaneLimit = { waitMs: 1_000, maxWaiting: 4 };
const SITE: LaneLimit = { waitMs: 125, maxWaiting: 32 };

/** A monotonic clock, in milliseconds. */
export interface Clock {
  /** Returns the time. */
  now(): number;
  /** Waits; rejects with the reason of `signal`, once it is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** A queue of password attempts from one place. */
class Lane {
  readonly limit: LaneLimit;
  /** The time until which no attempt is checked. */
  closedUntil = 0;
  waiting = 0;

  constructor(limit: LaneLimit) {
    this.limit = limit;
  }
}

/** The lanes of an attempt, by network or site. */
type Lanes = ReadonlyMap<string, Lane>;

/** Spaces out password guesses by their origin, so that each can make few. */
export class PasswordThrottle {
  readonly #clock: Clock;
  /** By network and by site, in the order in which they were closed. */
  readonly #lanes = new Map<string, Lane>();

  constructor(clock: Clock = { now: () => performance.now(), sleep }) {
    this.#clock = clock;
  }

  /**
   * Runs `isRight` for a password from `address` when its turn comes. If the password is wrong, the
   * next from there has to wait.
   *
   * @throws {ChatError} `limited`, if too many are waiting already.
   * @throws the reason of `signal`, once it is aborted.
   */
  async attempt(address: string, isRight: () => boolean, signal: AbortSignal): Promise<boolean> {
    this.#sweep();
    const lanes = this.#lanesFor(address);
    if (this.#remainingMs(lanes) > 0) checkQueue(lanes);
    for (const lane of lanes.values()) lane.waiting++;
    try {
      for (let ms; (ms = this.#remainingMs(lanes)) > 0;) await this.#clock.sleep(ms, signal);
      // No await between the check of the lanes and this: the next attempt must see them closed.
      if (isRight()) return true;
      this.#close(lanes);
      return false;
    } finally {
      for (const lane of lanes.values()) lane.waiting--;
    }
  }

  #close(lanes: Lanes): void {
    for (const [where, lane] of lanes) {
      lane.closedUntil = this.#clock.now() + lane.limit.waitMs;
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
      if (closedUntil > this.#clock.now()) break; // The lanes after it were closed later.
      if (waiting === 0) this.#lanes.delete(where);
    }
  }
}

/** Checks that one more attempt may wait. */
function checkQueue(lanes: Lanes): void {
  for (const { limit: { waitMs, maxWaiting }, waiting } of lanes.values()) {
    if (waiting < maxWaiting) continue;
    const retryMs = waitMs * (waiting + 1);
    const words = `${formatNumber(maxWaiting)} passwords from this network are already waiting`;
    const wait = `try again in ${Math.ceil(retryMs / 1_000)} s`;
    throw new ChatError("limited", `${words}: ${wait}`, { retryMs });
  }
}
