import { ChatError } from "../../room/errors.ts";

const DEFAULT_PORT = 4222;
const MAX_ADDRESSES = 16;

/** The address of a node. */
export interface NatsAddress {
  /** The address as `HOST:PORT`. */
  readonly hostPort: string;
  /** Whether the connection must use TLS. */
  readonly isTls: boolean;
}

/**
 * Reads the addresses of nodes: `nats://HOST:PORT` or `tls://HOST:PORT`, with the port 4222 by
 * default.
 *
 * @throws {ChatError} `invalid`, if one is not an address, if only some of them use TLS, or if there
 * are none or more than 16.
 */
export function parseAddresses(urls: readonly string[]): NatsAddress[] {
  if (urls.length < 1 || urls.length > MAX_ADDRESSES) {
    throw new ChatError(
      "invalid",
      `--cluster needs 1 to ${MAX_ADDRESSES} URLs: got ${urls.length}`,
    );
  }
  const addresses = urls.map(parseAddress);
  if (new Set(addresses.map(({ isTls }) => isTls)).size > 1) {
    throw new ChatError("invalid", `--cluster "${urls}": use tls:// for all URLs or for none`);
  }
  return addresses;
}

function parseAddress(text: string): NatsAddress {
  // No error shows the text before the host: it may be a password.
  const shown = `--cluster "${text.replace(/\/\/.*@/s, "//…@")}"`;
  const url = URL.parse(text);
  if (!url || !["nats:", "tls:"].includes(url.protocol) || url.hostname === "") {
    throw new ChatError("invalid", `${shown} is not a URL such as nats://HOST:PORT or tls://HOST`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new ChatError(
      "invalid",
      `${shown} contains a user, which other people on this machine can see: use --cluster-creds`,
    );
  }
  if (!/^\/?$/.test(url.pathname) || url.search !== "" || url.hash !== "") {
    throw new ChatError("invalid", `${shown} has something after the port: give HOST:PORT only`);
  }
  return {
    hostPort: `${url.hostname}:${url.port || DEFAULT_PORT}`,
    isTls: url.protocol === "tls:",
  };
}
