import { DEFAULTS } from "../room/defaults.ts";
import type { ServeOptions } from "./options.ts";

/** The bounds that are at least 1. */
const BOUNDS = [
  "keep",
  "keepAgeMs",
  "keepBytes",
  "maxNoteBytes",
  "maxRooms",
  "maxMembers",
  "maxNames",
  "maxOwned",
  "maxInFlight",
  "burst",
  "maxSessions",
  "maxConnections",
  "maxPerAddress",
  "joinTimeoutMs",
  "idleTimeoutMs",
] as const;

/** What has a default. */
type Defaulted = "address" | "rate" | (typeof BOUNDS)[number];

/** How to serve, with nothing left open that has a default. */
export type Settings = ServeOptions & Required<Pick<ServeOptions, Defaulted>>;

/**
 * How to serve, as far as nobody has said otherwise by the defaults.
 *
 * @throws {RangeError} naming a bound that is none.
 */
export function settingsOf(options: ServeOptions): Settings {
  const { host, port, ...defaults } = DEFAULTS;
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const settings: Settings = {
    address: `${host}:${port}`,
    ...defaults,
    ...Object.fromEntries(given) as ServeOptions, // The same, but for what is not said.
  };
  if (!(settings.rate >= 0)) throw new RangeError(`rate ${settings.rate}: must be at least 0`);
  for (const name of BOUNDS) {
    const value = settings[name];
    if (!(value >= 1)) throw new RangeError(`${name} ${value}: must be at least 1`);
  }
  return settings;
}
