/** Where peers on Unix sockets are, as gRPC names it: they cannot be told apart. */
export const UNIX = "unknown";

/**
 * What counts as one address: an IPv4 address, or the /64 network of an IPv6 address, within
 * which anybody can have as many as they like.
 */
export function networkOf(address: string): string {
  if (address === UNIX) return UNIX;
  const ipv4 = /(?:^|:)(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  if (ipv4 !== undefined) return ipv4;
  const [head = "", tail] = address.replace(/%.*$/, "").split("::");
  const groups = head.split(":").filter(Boolean);
  const rest = (tail ?? "").split(":").filter(Boolean);
  while (groups.length + rest.length < 8) groups.push("0");
  return `${[...groups, ...rest].slice(0, 4).join(":")}::/64`;
}

/** The address in what gRPC calls a peer, `ADDRESS:PORT`. */
export function addressOf(peer: string): string {
  return peer.replace(/:\d+$/, "");
}
