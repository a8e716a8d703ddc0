import { LIMITS } from "../../room/limits.ts";
import { UNIX } from "../../room/network.ts";
import { rateLimited, RateLimiter } from "../../room/rate_limiter.ts";
import { type Principal, sanctionKey } from "../../room/sanctions.ts";
import type { Rate } from "../../room/token_bucket.ts";
import { TokenBuckets } from "../../room/token_buckets.ts";
import type { Bounds } from "../bounds.ts";

/** The limits per person. A rate of 0 a second means no limit. */
export interface RateLimitsOptions {
  /** Notes, through sessions and `SendNote` together. */
  readonly notes: Rate;
  /** Joins, including name changes. */
  readonly joins: Rate;
  /** New rooms, per person and per network, since keys cost nothing. */
  readonly rooms: Rate;
  /** Names newly owned by a key, per person and per network. */
  readonly names: Rate;
  /** The time in milliseconds, from a monotonic clock. */
  readonly now: () => number;
}

/**
 * Limits what each person may do, across all rooms and sessions. A person is a key, or a network
 * for all people there without a key. People without a key on Unix sockets cannot be told apart:
 * their notes are limited per session, and their joins and `SendNote` are not limited.
 */
export class RateLimits {
  readonly #options: RateLimitsOptions;
  readonly #notes: TokenBuckets;
  readonly #joins: TokenBuckets;
  readonly #rooms: TokenBuckets;
  readonly #names: TokenBuckets;

  /** Starts with full buckets. */
  constructor(options: RateLimitsOptions) {
    const { notes, joins, rooms, names, now } = this.#options = options;
    this.#notes = new TokenBuckets(notes, now);
    this.#joins = new TokenBuckets(joins, now);
    this.#rooms = new TokenBuckets(rooms, now);
    this.#names = new TokenBuckets(names, now);
  }

  sessionLimiter(principal: Principal): RateLimiter {
    const { notes, now } = this.#options;
    const [person] = personKey(principal);
    // Looked up for each note, since a full bucket is dropped.
    const bucket = person === undefined ? undefined : () => this.#notes.get(person);
    return new RateLimiter(notes, now, bucket);
  }

  /**
   * Charges for a note posted without a session.
   *
   * @throws {ChatError} `limited`, if it is too soon. The other methods do the same.
   */
  consumeNote(principal: Principal): void {
    this.#consume("Too many notes", this.#options.notes, this.#notes, personKey(principal));
  }

  /** Charges for a join. */
  consumeJoin(principal: Principal): void {
    this.#consume("Too many joins", this.#options.joins, this.#joins, personKey(principal));
  }

  /** Charges for creating a room. */
  consumeRoom(name: string, principal: Principal): void {
    const words = `Cannot create room "${name}": too many new rooms`;
    this.#consume(words, this.#options.rooms, this.#rooms, personAndNetworkKeys(principal));
  }

  /** Charges for claiming a name that has no owner. */
  consumeName(name: string, principal: Principal): void {
    const words = `Cannot claim name "${name}": too many new names`;
    this.#consume(words, this.#options.names, this.#names, personAndNetworkKeys(principal));
  }

  /** Takes a token from each of the buckets, or from none if one is empty. */
  #consume(what: string, rate: Rate, buckets: TokenBuckets, holders: readonly string[]): void {
    if (rate.perSecond === 0) return;
    const { now } = this.#options;
    const waits = holders.map((holder) => buckets.get(holder).delay(1, now()));
    const waitMs = Math.max(0, ...waits);
    if (waitMs > 0) throw rateLimited(what, waitMs, rate);
    for (const holder of holders) buckets.get(holder).take(1, now());
  }
}

/** Creates the rate limits of a server from its bounds. */
export function createRateLimits(
  { rate, burst, joinBurst, newRooms, newNames }: Bounds,
): RateLimits {
  // A burst of 0 is no limit.
  const bounded = (perSecond: number, burst: number) => ({
    perSecond: burst === 0 ? 0 : perSecond,
    burst,
  });
  const perMinute = LIMITS.newPerMinute / 60;
  return new RateLimits({
    notes: { perSecond: rate, burst },
    joins: bounded(rate === 0 ? 0 : LIMITS.joinsPerSecond, joinBurst),
    rooms: bounded(perMinute, newRooms),
    names: bounded(perMinute, newNames),
    now: () => performance.now(),
  });
}

/** Returns the key of a person's bucket; none if they cannot be told apart from others. */
function personKey(principal: Principal): readonly string[] {
  const person = sanctionKey(principal);
  return person === UNIX ? [] : [person];
}

function personAndNetworkKeys({ key, network }: Principal): readonly string[] {
  return key === undefined ? [network] : [key, network];
}
