import { DEFAULTS } from "../room/defaults.ts";
import { LIMITS } from "../room/limits.ts";
import { MAX_NOTE_BYTES } from "../room/note.ts";
import { checkNumber } from "../text/check_number.ts";
import type { BoundOptions } from "./bound_options.ts";

/**
 * The unit of a bound, which also decides how its flag is typed. An option in milliseconds is typed
 * in `seconds` (`2.5`) or as a `duration` with a unit (`90d`); a `size` is in bytes and may be typed
 * with a unit (`64m`).
 */
export type Unit =
  | ("bytes" | "connections" | "joins" | "members" | "names" | "notes" | "rooms" | "sessions")
  | ("duration" | "seconds" | "size");

/** A bound of a server: an option of `serve()` and a flag of `chat serve`. */
export interface Bound {
  /** The name of the flag, without dashes. */
  readonly flag: string;
  /** The heading of the flag in the help. Default: `Limits`. */
  readonly group?: string;
  readonly unit: Unit;
  /** Whether the option may be a fraction, as those in milliseconds may. Default: it may not. */
  readonly isFractional?: boolean;
  /** The value if none is given. */
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
  /** Its help, in a few words. */
  readonly help: string;
}

const PER_MINUTE = `then ${LIMITS.newPerMinute} per minute; 0 for no limit`;

/**
 * The bounds of a server, by their options. The options of `serve()`, their checks, the flags of
 * `chat serve`, its help and the docs are made from this table. For a new bound, add an entry here
 * and its use, and run `deno task docs`, which writes `bound_options.ts`.
 */
export const BOUNDS = {
  maxNoteBytes: {
    flag: "max-note-bytes",
    unit: "bytes",
    fallback: DEFAULTS.maxNoteBytes,
    min: 1,
    max: MAX_NOTE_BYTES,
    help: "size of a note, in bytes of UTF-8",
  },
  rate: {
    flag: "rate",
    unit: "notes",
    isFractional: true,
    fallback: 10,
    min: 0,
    max: 1_000_000,
    help: "notes per person and second, over all sessions; 0 for no limit on notes and joins",
  },
  burst: {
    flag: "burst",
    unit: "notes",
    fallback: 20,
    min: 1,
    max: 1_000_000,
    help: "notes a person may post at once after a pause",
  },
  maxInFlight: {
    flag: "max-in-flight",
    unit: "notes",
    fallback: 1_024,
    min: 1,
    max: 100_000,
    help: "unanswered posts of a session; the server reads no more until it has answered",
  },
  joinBurst: {
    flag: "join-burst",
    unit: "joins",
    fallback: 100,
    min: 0,
    max: 1_000_000,
    help: `joins per person at once, then ${LIMITS.joinsPerSecond} per second; 0 for no limit`,
  },
  maxRooms: {
    flag: "max-rooms",
    unit: "rooms",
    fallback: 1_000,
    min: 1,
    max: 100_000,
    help: "rooms besides the lobby",
  },
  newRooms: {
    flag: "new-rooms",
    unit: "rooms",
    fallback: 10,
    min: 0,
    max: 1_000_000,
    help: `new rooms per person, and per network, at once, ${PER_MINUTE}`,
  },
  maxMembers: {
    flag: "max-members",
    unit: "members",
    fallback: 1_000,
    min: 1,
    max: 100_000,
    help: "members of a room",
  },
  maxNames: {
    flag: "max-names",
    unit: "names",
    fallback: 10,
    min: 1,
    max: 100_000,
    help: "names a key may own",
  },
  maxOwned: {
    flag: "max-owned",
    unit: "names",
    fallback: 100_000,
    min: 1,
    max: 10_000_000,
    help: "names that may be owned in total",
  },
  newNames: {
    flag: "new-names",
    unit: "names",
    fallback: 100,
    min: 0,
    max: 1_000_000,
    help: `new names per key, and per network, at once, ${PER_MINUTE}`,
  },
  maxSessions: {
    flag: "max-sessions",
    unit: "sessions",
    fallback: 100,
    min: 1,
    max: 10_000,
    help: "sessions and streams of a connection",
  },
  maxConnections: {
    flag: "max-connections",
    unit: "connections",
    fallback: 2_000,
    min: 1,
    max: 1_000_000,
    help:
      "connections in total, as far as open files allow; a full server drops the oldest that has not joined",
  },
  maxPerAddress: {
    flag: "max-per-address",
    unit: "connections",
    fallback: 200,
    min: 1,
    max: 1_000_000,
    help:
      "connections per IPv4 address or IPv6 /64 network; twice as many per /48 network, no limit on Unix sockets",
  },
  joinTimeoutMs: {
    flag: "join-timeout",
    unit: "seconds",
    fallback: 10_000,
    min: 100,
    max: 3_600_000,
    help: "time for a connection to make its first call, and for a session to join",
  },
  idleTimeoutMs: {
    flag: "idle-timeout",
    unit: "seconds",
    fallback: 300_000,
    min: 100,
    max: 86_400_000,
    help: "time a connection may go without a call",
  },
  graceMs: {
    flag: "grace",
    unit: "seconds",
    fallback: 2_000,
    min: 0,
    max: 3_600_000,
    help: "time for readers to finish when the server stops",
  },
  keep: {
    flag: "keep",
    group: "Storage",
    unit: "notes",
    fallback: 1_000_000,
    min: 1,
    max: 100_000_000,
    help: "notes to keep in each room",
  },
  keepAgeMs: {
    flag: "keep-age",
    group: "Storage",
    unit: "duration",
    fallback: Infinity,
    min: 1_000,
    max: Infinity,
    help: "how long to keep a note",
  },
  keepBytes: {
    flag: "keep-bytes",
    group: "Storage",
    unit: "size",
    fallback: 2 ** 30,
    min: 1,
    max: 999_999 * 2 ** 30,
    help: "text to keep in each room",
  },
} as const satisfies Record<keyof BoundOptions, Bound>;

/** The flag of a bound. */
export type BoundFlag = typeof BOUNDS[keyof BoundOptions]["flag"];

/** The value of each bound. */
export type Bounds = Record<keyof BoundOptions, number>;

/**
 * Takes the fallback of each bound that is not given.
 *
 * @throws {RangeError} if a bound is out of range, or is not a whole number and must be.
 */
export function resolveBounds(given: BoundOptions): Bounds {
  return mapBounds(({ unit, isFractional, fallback, min, max }, name) => {
    const isWhole = !isFractional && unit !== "seconds" && unit !== "duration";
    return checkNumber(name, given[name] ?? fallback, { min, max, isWhole });
  });
}

/** Makes a value of each bound. */
export function mapBounds<T>(
  map: (bound: Bound, name: keyof BoundOptions) => T,
): Record<keyof BoundOptions, T> {
  const names = Object.keys(BOUNDS) as (keyof BoundOptions)[]; // It has no other keys.
  const entries = names.map((name) => [name, map(BOUNDS[name], name)]);
  return Object.fromEntries(entries) as Record<keyof BoundOptions, T>; // Each name has its value.
}
