import { LIMITS } from "../../room/limits.ts";
import { UNIX } from "../../room/network.ts";
import { rateLimited, RateLimiter } from "../../room/rate_limiter.ts";
import { type Principal, sanctionKey } from "../../room/sanctions.ts";
import type { Rate } from "../../room/token_bucket.ts";
import { TokenBuckets } from "../../room/token_buckets.ts";
import type { Bounds } from "../bounds.ts";

/** How much a person may do; a rate of 0 a second is no bound. */
export interface RateLimitsOptions {
  /** Notes of a person, by sessions and `SendNote` together. */
  readonly notes: Rate;
  /** Joins of a person, also those by which they only take another name. */
  readonly joins: Rate;
  /** Rooms that a person makes; and all people of one network together, as keys cost nothing. */
  readonly rooms: Rate;
  /** Names that become the property of a key, likewise. */
  readonly names: Rate;
  /** The time in milliseconds, by a clock that only goes forward. */
  readonly now: () => number;
}

/**
 * How much each person may still do, in all rooms and over all sessions. A person is a key, or a
 * network for all people there without a key. On Unix sockets people without a key cannot be told
 * apart: their notes are bounded for each session, and their joins and `SendNote` are not.
 */
export class RateLimits {
  readonly #options: RateLimitsOptions;
  readonly #notes: TokenBuckets;
  readonly #joins: TokenBuckets;
  readonly #rooms: TokenBuckets;
  readonly #names: TokenBuckets;

  /** Starts with full bursts for everybody. */
  constructor(options: RateLimitsOptions) {
    const { notes, joins, rooms, names, now } = this.#options = options;
    this.#notes = new TokenBuckets(notes, now);
    this.#joins = new TokenBuckets(joins, now);
    this.#rooms = new TokenBuckets(rooms, now);
    this.#names = new TokenBuckets(names, now);
  }

  /** Returns the rate limiter of a session. */
  sessionLimiter(principal: Principal): RateLimiter {
    const { notes, now } = this.#options;
    const [person] = personKey(principal);
    // Looked up for each note: a bucket is dropped once it is full.
    const bucket = person === undefined ? undefined : () => this.#notes.get(person);
    return new RateLimiter(notes, now, bucket);
  }

  /**
   * Lets somebody post a note who has no session.
   *
   * @throws {ChatError} `limited`, if it comes too soon. So do the others.
   */
  consumeNote(principal: Principal): void {
    this.#consume("Too many notes", this.#options.notes, this.#notes, personKey(principal));
  }

  /** Lets somebody join. */
  consumeJoin(principal: Principal): void {
    this.#consume("Too many joins", this.#options.joins, this.#joins, personKey(principal));
  }

  /** Lets somebody make a room. */
  consumeRoom(name: string, principal: Principal): void {
    const words = `Cannot make room "${name}": too many new rooms`;
    this.#consume(words, this.#options.rooms, this.#rooms, personAndNetworkKeys(principal));
  }

  /** Lets somebody own a name that is nobody's. */
  consumeName(name: string, principal: Principal): void {
    const words = `Cannot take name "${name}": too many new names`;
    this.#consume(words, this.#options.names, this.#names, personAndNetworkKeys(principal));
  }

  /** Takes one from all the buckets, or, if one of them is empty, from none. */
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

/** What identifies a person; nothing, if they cannot be told from others. */
function personKey(principal: Principal): readonly string[] {
  const person = sanctionKey(principal);
  return person === UNIX ? [] : [person];
}

function personAndNetworkKeys({ key, network }: Principal): readonly string[] {
  return key === undefined ? [network] : [key, network];
}
