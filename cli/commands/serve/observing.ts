import { DEFAULTS } from "../../../room/defaults.ts";
import { formatAddress, parseTcpAddress } from "../../../text/address.ts";
import { choice, toggle } from "../../framework/flag_kinds.ts";
import { type Flag, inGroup } from "../../framework/flags.ts";
import { FORMATS, LEVELS } from "./event_log.ts";

const metrics: Flag<string | undefined> = {
  value: "[HOST:]PORT",
  help: "address of /metrics for Prometheus and /healthz, open to anyone who can connect",
  bounds: `port 0 to 65,535, without HOST on ${DEFAULTS.host}`,
  fallback: undefined,
  fallbackHelp: "nowhere",
  parse: parseMetricsAddress,
};

/** The flags for output, logs and metrics. */
export const observingFlags = inGroup("Observing", {
  metrics,
  log: choice(FORMATS, {
    value: "FORMAT",
    help: "format of the event log on standard error",
    fallback: "text",
  }),
  "log-level": choice(LEVELS, {
    value: "LEVEL",
    help: "lowest level to log",
    fallback: "info",
  }),
  quiet: toggle("do not print notes"),
});

/**
 * Parses an address to listen on: `HOST:PORT`, or `PORT` on this machine alone.
 *
 * @throws {RangeError} if it is not valid.
 */
function parseMetricsAddress(text: string): string {
  return formatAddress(parseTcpAddress(/^\d*$/.test(text) ? `${DEFAULTS.host}:${text}` : text));
}
