import { toNetwork, UNIX } from "../../room/network.ts";
import { TokenBucket } from "../../room/token_bucket.ts";
import type { Report, ServerEvent } from "./event.ts";

/** The time that one report of a kind covers at first, and at most, in milliseconds. */
const QUIET_MS = { min: 1_000, max: 60_000 };

/** The rate of reported joins, leaves and slow readers, each per network. */
const PER_NETWORK = { perSecond: 10, burst: 200 };

/** The number of remembered kinds at which idle ones are first removed. */
const FIRST_SWEEP = 1_024;

/** Decides which events of a kind are reported. */
interface Sampler {
  /** Whether to report an event now. */
  allows(now: number): boolean;
  /** Whether a new sampler would decide the same. */
  isIdle(now: number): boolean;
}

/** A sampler, and the number of events it suppressed since the last report. */
interface Kind {
  readonly sampler: Sampler;
  suppressed: number;
}

/**
 * Wraps a reporter so that events a stranger can trigger at will are rate-limited: a flood of
 * traffic must not become a flood of log lines. Each kind of refusal or error is reported at most
 * once a second, backing off to once a minute while it continues. Joins, leaves and slow readers
 * are reported at most 10 times a second per network (burst 200). Each report has the number of
 * events suppressed before it.
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
    report(more > 0 ? { ...event, more } as ServerEvent : event); // Throttled events have it.
  };
}

/** The way each type of event is throttled: by kind or per network, if a stranger can cause it. */
const THROTTLED: Readonly<Record<ServerEvent["type"], "kind" | "network" | "never">> = {
  start: "never",
  stop: "never",
  outage: "never",
  recovery: "never",
  shortage: "never",
  engine: "never",
  server: "never",
  clock: "never",
  kick: "never",
  mute: "never",
  unmute: "never",
  ban: "never",
  unban: "never",
  release: "never",
  remove: "never",
  lock: "never",
  unlock: "never",
  backup: "never",
  retention: "never",
  join: "network",
  rename: "network",
  rejoin: "network",
  leave: "network",
  drop: "network",
  topic: "network",
  slow: "network",
  refused: "kind",
  error: "kind",
};

/** Returns the kind of a throttled event; undefined if it is always reported. */
function throttleKey(event: ServerEvent): string | undefined {
  const throttled = THROTTLED[event.type];
  if (throttled === "never") return undefined;
  const address = "address" in event ? event.address : undefined;
  if (throttled === "network") return `${event.type} ${toNetwork(address ?? UNIX)}`;
  return event.type === "refused" ? `refused ${event.kind}` : event.type;
}

/** Allows one event a second, and fewer while they continue. */
class BackoffSampler implements Sampler {
  #since = -Infinity;
  #quietMs = QUIET_MS.min;
  /** Whether an event was suppressed since the last report. */
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

/** Allows a fixed rate. */
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
