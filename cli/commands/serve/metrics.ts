import { DEFAULTS } from "../../../room/defaults.ts";
import { joinAddress, parseHost } from "../../flags/address.ts";
import type { Flag } from "../../framework/flags.ts";

const metrics: Flag<string | undefined> = {
  value: "[HOST:]PORT",
  help: "where to serve /metrics for Prometheus, and /healthz; all who get there may read them",
  bounds: `port 0 to 65,535, without HOST on ${DEFAULTS.host}`,
  fallback: undefined,
  fallbackHelp: "nowhere",
  parse: parseListen,
};

/** The flags by which a server tells how it is. */
export const metricsFlags = { metrics };

/**
 * Reads where to listen: `PORT` on this machine alone, or `HOST:PORT`.
 *
 * @throws {RangeError} that says what is wrong with it.
 */
function parseListen(text: string): string {
  const [, host = DEFAULTS.host, port = ""] = /^(?:(.*):)?([^:]*)$/.exec(text) ?? [];
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new RangeError("the port must be a whole number from 0 to 65,535");
  }
  return joinAddress(parseName(host), Number(port));
}

function parseName(host: string): string {
  try {
    if (!host.startsWith("unix:")) return parseHost(host);
  } catch {
    // Its words speak of Unix sockets too.
  }
  throw new RangeError("must be PORT or HOST:PORT");
}
