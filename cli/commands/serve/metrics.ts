import { DEFAULTS } from "../../../room/defaults.ts";
import { formatAddress, parseTcpAddress } from "../../../text/address.ts";
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
 * Parses where to listen: `PORT` on this machine alone, or `HOST:PORT`.
 *
 * @throws {RangeError} that says what it must be.
 */
function parseListen(text: string): string {
  return formatAddress(parseTcpAddress(/^\d*$/.test(text) ? `${DEFAULTS.host}:${text}` : text));
}
