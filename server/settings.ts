import { DEFAULTS } from "../room/defaults.ts";
import { formatAddress } from "../text/address.ts";
import type { ServeOptions } from "./options.ts";

/** The bounds that may be 0. */
const MAY_BE_0 = ["rate", "joinBurst", "newRooms", "newNames"] as const;

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
type Defaulted = "address" | (typeof MAY_BE_0)[number] | (typeof BOUNDS)[number];

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
    address: formatAddress({ host, port }),
    ...defaults,
    ...Object.fromEntries(given) as ServeOptions, // The same, but for what is not said.
  };
  for (const [names, least] of [[MAY_BE_0, 0], [BOUNDS, 1]] as const) {
    for (const name of names) {
      const value = settings[name];
      if (!(value >= least)) throw new RangeError(`${name} ${value}: must be at least ${least}`);
    }
  }
  return settings;
}
