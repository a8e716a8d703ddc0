import { formatIp, parseIp, unmapIpv4 } from "./ip.ts";
import { formatNumber } from "./number.ts";

/** A host and a port: the address of a server on TCP. */
export interface TcpAddress {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  /** The port. A server that is given 0 picks a free one. */
  readonly port: number;
}

/** The path of a Unix socket. */
export interface UnixAddress {
  /** The path. */
  readonly path: string;
}

/**
 * The address of a server: as text `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`. It has the fields
 * that `node:net` expects.
 */
export type Address = TcpAddress | UnixAddress;

/** The parts that an address may leave out. */
export interface AddressOptions {
  /** The port of an address without one. Default: there must be one. */
  readonly defaultPort?: number;
  /** The lowest port. Default 0. */
  readonly minPort?: number;
}

const UNIX = "unix:";
const MAX_PORT = 65_535;
const HOST_NAME = /^[\p{L}\p{N}._-]+$/u;

/**
 * Parses `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`.
 *
 * @throws {RangeError} with the part that is not valid, and its rule.
 */
export function parseAddress(text: string, options?: AddressOptions): Address {
  return text.startsWith(UNIX) ? { path: parsePath(text) } : parseTcpAddress(text, options);
}

/**
 * Parses `HOST:PORT` or `[IPV6]:PORT`.
 *
 * @throws {RangeError} with the part that is not valid, and its rule.
 */
export function parseTcpAddress(
  text: string,
  { defaultPort, minPort = 0 }: AddressOptions = {},
): TcpAddress {
  // An IPv6 address without brackets has no port.
  const [, bracketed, plain, port = defaultPort] =
    /^(?:(\[[^\]]*\])|([^:]*))(?::([^:/]*))?$/.exec(text) ?? [, undefined, text];
  const host = parseTcpHost(bracketed ?? plain!);
  if (!/^\d{1,5}$/.test(`${port}`) || Number(port) < minPort || Number(port) > MAX_PORT) {
    const range = `${minPort} to ${formatNumber(MAX_PORT)}`;
    throw new RangeError(`the port must be a whole number from ${range}`);
  }
  return { host, port: Number(port) };
}

/**
 * Parses an address without a port: a host, without its brackets, or `unix:PATH`.
 *
 * @throws {RangeError} with the rule, if it is not valid.
 */
export function parseHost(text: string): string {
  return text.startsWith(UNIX) ? `${UNIX}${parsePath(text)}` : parseTcpHost(text);
}

function parseTcpHost(text: string): string {
  const host = text.replace(/^\[(.*)\]$/, "$1");
  const zone = /^[0-9a-f:]+(%.+)$/i.exec(host)?.[1];
  if (zone !== undefined) {
    // Deno 2.9.6 drops it on the way to the system, which then says EINVAL.
    throw new RangeError(`must have no zone ("${zone}"): Deno reaches no addresses of one link`);
  }
  if (host.includes(":") ? parseIp(host) : HOST_NAME.test(host)) return host;
  throw new RangeError("the host must be a name or an IP address");
}

function parsePath(text: string): string {
  const path = text.slice(UNIX.length);
  if (path === "") throw new RangeError("must name the path of the socket: unix:PATH");
  return path;
}

/** Writes an address as {@linkcode parseAddress} reads it. */
export function formatAddress(address: Address): string {
  if ("path" in address) return `${UNIX}${address.path}`;
  const { host, port } = address;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Joins the result of {@linkcode parseHost} and a port; a Unix socket has none. */
export function joinAddress(host: string, port: number): string {
  return host.startsWith(UNIX) ? host : formatAddress({ host, port });
}

/**
 * True if `address` can only mean this machine, regardless of any name service. Both sides speak in
 * plaintext there by default, and nowhere else.
 */
export function isLoopback(address: Address): boolean {
  return "path" in address || isLoopbackHost(address.host);
}

/** The same for a host: `localhost`, an address in 127.0.0.0/8, or `::1`. */
export function isLoopbackHost(host: string): boolean {
  if (host.toLowerCase() === "localhost") return true;
  const mapped = parseIp(host);
  if (!mapped) return false;
  const bytes = unmapIpv4(mapped);
  return bytes.length === 4 ? bytes[0] === 127 : formatIp(bytes) === "::1";
}

/** True if a server on `host` listens on all addresses of the machine: `0.0.0.0`, `::` or `0`. */
export function isWildcardHost(host: string): boolean {
  return parseIp(host)?.every((byte) => byte === 0) ?? host === "0";
}
