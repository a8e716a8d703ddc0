import { ipv6Groups, parseIp, unmapIpv4 } from "../text/ip.ts";

/** Where peers on Unix sockets are: their addresses do not differ. */
export const UNIX = "unix";

/**
 * What counts as one address, however it is written: an IPv4 address, or the /64 network of an
 * IPv6 address, within which anybody can have as many as they like. So can everybody on this
 * machine within 127.0.0.0/8, which counts as 127.0.0.1.
 */
export function toNetwork(address: string): string {
  const mapped = parseIp(address);
  if (!mapped) return address; // A Unix socket, or a peer that gRPC does not know.
  const bytes = unmapIpv4(mapped);
  if (bytes.length === 4) return bytes[0] === 127 ? "127.0.0.1" : bytes.join(".");
  return `${ipv6Groups(bytes).slice(0, 4).join(":")}::/64`;
}

/**
 * The /48 network of an IPv6 network of {@linkcode toNetwork}: what one customer of a provider
 * may have, with 65,536 networks in it. Undefined for others.
 */
export function toSite(network: string): string | undefined {
  const groups = /^([^:]+:[^:]+:[^:]+):[^:]+::\/64$/.exec(network)?.[1];
  return groups === undefined ? undefined : `${groups}::/48`;
}
