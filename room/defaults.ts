import { formatAddress } from "../text/address.ts";

const host = "127.0.0.1";
const port = 11912;

/** Defaults that a server and its clients have in common. */
export const DEFAULTS = {
  host,
  port,
  /** Where a server listens, and where a client looks for it. */
  address: formatAddress({ host, port }),
  /** How long a client waits for a connection, and for one attempt at it, in milliseconds. */
  timeoutMs: 10_000,
  /** How long a server may be silent before a client pings it, in milliseconds. */
  keepaliveMs: 10_000,
} as const;
