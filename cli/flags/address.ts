import { DEFAULTS } from "../../room/defaults.ts";

const HOST_NAME = /^[\p{L}\p{N}._-]+$/u;

/**
 * Reads where a server is: `HOST`, `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`. Returns
 * it in full, with the port.
 *
 * @throws {RangeError} that says what is wrong with it.
 */
export function parseServer(text: string): string {
  if (text.startsWith("unix:")) return parseHost(text);
  const [, bracketed, plain, port = `${DEFAULTS.port}`] =
    /^(?:(\[[^\]]*\])|([^:]*))(?::([^:/]*))?$/.exec(text) ?? [, undefined, text];
  const host = parseHost(bracketed ?? plain!);
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    throw new RangeError("the port must be a whole number from 1 to 65,535");
  }
  return joinAddress(host, Number(port));
}

/**
 * Reads a host to listen on or to reach: a name, an IPv4 or IPv6 address, or `unix:PATH`.
 *
 * @throws {RangeError} that says what is wrong with it.
 */
export function parseHost(text: string): string {
  if (text.startsWith("unix:")) {
    if (text === "unix:") throw new RangeError("must name the path of the socket: unix:PATH");
    return text;
  }
  const host = text.replace(/^\[(.*)\]$/, "$1");
  const zone = /^[0-9a-f:]+(%.+)$/i.exec(host)?.[1];
  if (zone !== undefined) {
    // Deno 2.9.6 drops it on the way to the system, which then says EINVAL.
    throw new RangeError(`must have no zone ("${zone}"): Deno reaches no addresses of one link`);
  }
  const valid = host.includes(":") ? URL.canParse(`http://[${host}]`) : HOST_NAME.test(host);
  if (!valid) throw new RangeError("must be a host, or unix:PATH");
  return host;
}

/** Joins a host of {@linkcode parseHost} and a port; a Unix socket has none. */
export function joinAddress(host: string, port: number): string {
  if (host.startsWith("unix:")) return host;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
