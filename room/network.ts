import { ipv6Groups, parseIp, unmapIpv4 } from "../text/ip.ts";

/** The address of all peers on Unix sockets. */
export const UNIX = "unix";

/**
 * Returns the network of an address, the unit that counts as one source: an IPv4 address, or the
 * /64 network of an IPv6 address, in which anyone can have any number of addresses. The same is
 * true of 127.0.0.0/8 on this machine, which counts as 127.0.0.1.
 */
export function toNetwork(address: string): string {
  const mapped = parseIp(address);
  if (!mapped) return address; // A Unix socket, or a peer that gRPC does not know.
  const bytes = unmapIpv4(mapped);
  if (bytes.length === 4) return bytes[0] === 127 ? "127.0.0.1" : bytes.join(".");
  return formatPrefix(ipv6Groups(bytes).slice(0, 4), 64);
}

/** Parses an IPv6 network, however its address is written; undefined for other texts. */
export function parseNetwork(text: string): string | undefined {
  const [, address = ""] = /^(.*:.*)\/64$/s.exec(text) ?? [];
  const bytes = parseIp(address);
  return bytes && unmapIpv4(bytes).length === 16 ? toNetwork(address) : undefined;
}

/**
 * Returns the /48 network of an IPv6 network from {@linkcode toNetwork}: the most a provider
 * assigns to one customer, with 65,536 networks. Undefined for other networks.
 */
export function toSite(network: string): string | undefined {
  if (!network.endsWith("::/64")) return undefined;
  return formatPrefix(network.slice(0, -"::/64".length).split(":", 3), 48);
}

/**
 * Writes an IPv6 network in its shortest form (RFC 5952). It has at most four groups, so the zeros
 * at the end are the longest run, for which `::` stands.
 */
function formatPrefix(groups: readonly string[], bits: number): string {
  let end = groups.length;
  while (groups[end - 1] === "0") end--;
  return `${groups.slice(0, end).join(":")}::/${bits}`;
}
