import { toNetwork, UNIX } from "../../room/network.ts";
import { TokenBucket } from "../../room/token_bucket.ts";
import type { Report, ServerEvent } from "./event.ts";

/** How long one report stands for all others of its kind at first, and at most, in milliseconds. */
const QUIET_MS = { min: 1_000, max: 60_000 };

/** How many of those in one network who come, who go and who do not read are reported. */
const PER_NETWORK = { perSecond: 10, burst: 200 };

/** How many kinds are remembered before the first look at which are of no more use. */
const FIRST_SWEEP = 1_024;

/** What decides which events of a kind are reported. */
interface Sampler {
  /** Whether to report one more now. */
  allows(now: number): boolean;
  /** Whether a new one would decide alike. */
  isIdle(now: number): boolean;
}

/** A thinner, and how many it has kept back since it let one pass. */
interface Kind {
  readonly sampler: Sampler;
  suppressed: number;
}

/**
 * Makes what hears of events pass on all of them but for those that strangers can cause at will,
 * as a flood must not become a flood of reports. Of a kind of refusals and of errors it passes
 * on one a second, and as long as they go on ever fewer, down to one a minute; of those in one
 * network who come, of those who go and of those who do not read 10 a second (200 at once). Each
 * says how many there were besides.
 */
export function throttle(
  report: Report,
  now: () => number = () => performance.now(),
): Report {
  const kinds = new Map<string, Kind>();
  let sweepAt = FIRST_SWEEP;
  const kindOf = (event: ServerEvent, name: string) => {
    let kind = kinds.get(name);
    if (!kind) {
      if (kinds.size >= sweepAt) {
        for (const [name, { sampler, suppressed }] of kinds) {
          if (suppressed === 0 && sampler.isIdle(now())) kinds.delete(name);
        }
        sweepAt = Math.max(FIRST_SWEEP, 2 * kinds.size);
      }
      const backsOff = event.type === "refused" || event.type === "error";
      kind = { sampler: backsOff ? new BackoffSampler() : new RateSampler(now()), suppressed: 0 };
      kinds.set(name, kind);
    }
    return kind;
  };
  return (event) => {
    const name = throttleKey(event);
    if (name === undefined) return report(event);
    const kind = kindOf(event, name);
    if (!kind.sampler.allows(now())) {
      kind.suppressed++;
      return;
    }
    const more = kind.suppressed;
    kind.suppressed = 0;
    report(more > 0 ? { ...event, more } as ServerEvent : event); // All that have a name have that.
  };
}

/** What kind of event it is; undefined if it is one that no stranger can cause at will. */
function throttleKey(event: ServerEvent): string | undefined {
  switch (event.type) {
    case "refused":
      return `refused ${event.kind}`;
    case "error":
      return event.type;
    case "join":
    case "leave":
    case "slow":
      return `${event.type} ${toNetwork(event.address ?? UNIX)}`;
    default:
      return undefined;
  }
}

/** Lets one pass a second, and ever fewer as long as they go on. */
class BackoffSampler implements Sampler {
  #since = -Infinity;
  #quietMs = QUIET_MS.min;
  /** Whether one was kept back since. */
  #goesOn = false;

  allows(now: number): boolean {
    const passed = now - this.#since;
    if (passed < this.#quietMs) {
      this.#goesOn = true;
      return false;
    }
    const goesOn = this.#goesOn && passed < 2 * this.#quietMs;
    this.#quietMs = goesOn ? Math.min(2 * this.#quietMs, QUIET_MS.max) : QUIET_MS.min;
    this.#since = now;
    this.#goesOn = false;
    return true;
  }

  isIdle(now: number): boolean {
    return !this.#goesOn && now - this.#since >= this.#quietMs;
  }
}

/** Lets so many pass. */
class RateSampler implements Sampler {
  readonly #bucket: TokenBucket;

  constructor(now: number) {
    this.#bucket = new TokenBucket(PER_NETWORK, now);
  }

  allows(now: number): boolean {
    return this.#bucket.take(1, now) === 0;
  }

  isIdle(now: number): boolean {
    return this.#bucket.isFull(now);
  }
}
