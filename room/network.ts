/** Where peers on Unix sockets are: their addresses do not differ. */
export const UNIX = "unix";

/**
 * What counts as one address, however it is written: an IPv4 address, or the /64 network of an
 * IPv6 address, within which anybody can have as many as they like. So can everybody on this
 * machine within 127.0.0.0/8, which counts as 127.0.0.1.
 */
export function toNetwork(address: string): string {
  if (address === UNIX) return UNIX;
  const ipv4 = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (ipv4 !== undefined) return one(ipv4);
  const groups = ipv6Groups(address.replace(/%.*$/, ""));
  const mapped = /^0:0:0:0:0:ffff:([^:]+):([^:]+)$/.exec(groups.join(":"));
  if (mapped) return one(ipv4Of(parseInt(mapped[1]!, 16), parseInt(mapped[2]!, 16)));
  return `${groups.slice(0, 4).join(":")}::/64`;
}

/**
 * The /48 network of an IPv6 network of {@linkcode toNetwork}: what one customer of a provider
 * may have, with 65,536 networks in it. Undefined for others.
 */
export function toSite(network: string): string | undefined {
  const groups = /^([^:]+:[^:]+:[^:]+):[^:]+::\/64$/.exec(network)?.[1];
  return groups === undefined ? undefined : `${groups}::/48`;
}

/** The address that stands for all of an IPv4 network that is one machine. */
function one(ipv4: string): string {
  return ipv4.startsWith("127.") ? "127.0.0.1" : ipv4;
}

/** The eight groups of an IPv6 address, each in its shortest form. */
function ipv6Groups(address: string): string[] {
  const [head = "", tail] = address.split("::");
  const groups = head.split(":").filter(Boolean);
  const rest = (tail ?? "").split(":").filter(Boolean);
  while (groups.length + rest.length < 8) groups.push("0");
  return [...groups, ...rest].map((group) => group.toLowerCase().replace(/^0+(?=.)/, ""));
}

function ipv4Of(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
}

/** The address in what gRPC calls a peer: `ADDRESS:PORT`, or `unix:NUMBER` for a Unix socket. */
export function peerAddress(peer: string): string {
  return peer.replace(/:\d+$/, "");
}
