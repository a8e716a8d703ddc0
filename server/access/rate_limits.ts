import { LIMITS } from "../../room/limits.ts";
import { UNIX } from "../../room/network.ts";
import { type Principal, principalId } from "../../room/principal.ts";
import { rateLimited, RateLimiter } from "./rate_limiter.ts";
import type { Rate } from "../../room/token_bucket.ts";
import type { Bounds } from "../bounds.ts";
import { TokenBuckets } from "./token_buckets.ts";

/** The limits per principal. A rate of 0 a second means no limit. */
export interface RateLimitsOptions {
  /** Notes, through sessions and `SendNote` together. */
  readonly notes: Rate;
  /** Joins, including name changes. */
  readonly joins: Rate;
  /** New rooms, per principal and per network, since keys cost nothing. */
  readonly rooms: Rate;
  /** Names newly owned by a key, per key and per network. */
  readonly names: Rate;
  /** Searches. */
  readonly searches: Rate;
  /** Changes of topics, per key and per network. */
  readonly topics: Rate;
  /** Orders, per key and per network; those of operators per key alone. */
  readonly orders: Rate;
  /** The time in milliseconds, from a monotonic clock. */
  readonly now: () => number;
}

/**
 * Limits what each principal may do, across all rooms and sessions. Unix sockets are one network,
 * so people without a key there cannot be distinguished: their notes are limited per session, and
 * their joins and `SendNote` are not limited.
 */
export class RateLimits {
  readonly #options: RateLimitsOptions;
  readonly #notes: TokenBuckets;
  readonly #joins: TokenBuckets;
  readonly #rooms: TokenBuckets;
  readonly #names: TokenBuckets;
  readonly #searches: TokenBuckets;
  readonly #topics: TokenBuckets;
  readonly #orders: TokenBuckets;

  /** Starts with full buckets. */
  constructor(options: RateLimitsOptions) {
    const { notes, joins, rooms, names, searches, topics, orders, now } = this.#options = options;
    this.#notes = new TokenBuckets(notes, now);
    this.#joins = new TokenBuckets(joins, now);
    this.#rooms = new TokenBuckets(rooms, now);
    this.#names = new TokenBuckets(names, now);
    this.#searches = new TokenBuckets(searches, now);
    this.#topics = new TokenBuckets(topics, now);
    this.#orders = new TokenBuckets(orders, now);
  }

  sessionLimiter(principal: Principal): RateLimiter {
    const { notes, now } = this.#options;
    const [id] = ownBucket(principal);
    // Looked up for each note, since a full bucket is dropped.
    const bucket = id === undefined ? undefined : () => this.#notes.get(id);
    return new RateLimiter(notes, now, bucket);
  }

  /**
   * Charges for a note posted without a session.
   *
   * @throws {ChatError} `limited`, if it is too soon. The other methods do the same.
   */
  consumeNote(principal: Principal): void {
    this.#consume("Too many notes", this.#options.notes, this.#notes, ownBucket(principal));
  }

  /** Charges for a join. */
  consumeJoin(principal: Principal): void {
    this.#consume("Too many joins", this.#options.joins, this.#joins, ownBucket(principal));
  }

  /** Charges for creating a room. */
  consumeRoom(name: string, principal: Principal): void {
    const words = `Cannot create room "${name}": too many new rooms`;
    this.#consume(words, this.#options.rooms, this.#rooms, keyAndNetwork(principal));
  }

  /** Charges for claiming a name that has no owner. */
  consumeName(name: string, principal: Principal): void {
    const words = `Cannot claim name "${name}": too many new names`;
    this.#consume(words, this.#options.names, this.#names, keyAndNetwork(principal));
  }

  /** Charges for a search. */
  consumeSearch(principal: Principal): void {
    const { searches } = this.#options;
    this.#consume("Too many searches", searches, this.#searches, ownBucket(principal));
  }

  /** Charges for a change of a topic. */
  consumeTopic(principal: Principal): void {
    const words = "Too many changes of topics";
    this.#consume(words, this.#options.topics, this.#topics, keyAndNetwork(principal));
  }

  /** Charges for an order, of an operator or not. */
  consumeOrder(principal: Principal, isOperator: boolean): void {
    const ids = isOperator ? ownBucket(principal) : keyAndNetwork(principal);
    this.#consume("Too many orders", this.#options.orders, this.#orders, ids);
  }

  /** Takes a token from each of the buckets, or from none if one is empty. */
  #consume(words: string, rate: Rate, buckets: TokenBuckets, ids: readonly string[]): void {
    if (rate.perSecond === 0) return;
    const { now } = this.#options;
    const waits = ids.map((id) => buckets.get(id).delay(1, now()));
    const waitMs = Math.max(0, ...waits);
    if (waitMs > 0) throw rateLimited(words, waitMs, rate);
    for (const id of ids) buckets.get(id).take(1, now());
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
  // Nor is there one on these if notes are not limited.
  const unlessOff = (perSecond: number) => rate === 0 ? 0 : perSecond;
  const perMinute = LIMITS.newPerMinute / 60;
  const { searches, topics, orders } = LIMITS;
  return new RateLimits({
    notes: { perSecond: rate, burst },
    joins: bounded(unlessOff(LIMITS.joinsPerSecond), joinBurst),
    rooms: bounded(perMinute, newRooms),
    names: bounded(perMinute, newNames),
    searches: { perSecond: unlessOff(searches.perSecond), burst: searches.burst },
    topics: { perSecond: unlessOff(topics.perMinute / 60), burst: topics.burst },
    orders: { perSecond: unlessOff(orders.perSecond), burst: orders.burst },
    now: () => performance.now(),
  });
}

/** Returns the id of the bucket of a principal alone; none if unrelated people would share it. */
function ownBucket(principal: Principal): readonly string[] {
  const id = principalId(principal);
  return id === UNIX ? [] : [id];
}

function keyAndNetwork({ key, network }: Principal): readonly string[] {
  return key === undefined ? [network] : [key, network];
}
