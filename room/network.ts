/** The address of all peers on Unix sockets. */
export const UNIX = "unix";

/**
 * Returns the network of an address, the unit that counts as one source: an IPv4 address, or the
 * /64 network of an IPv6 address, in which anyone can have any number of addresses. The same is
 * true of 127.0.0.0/8 on this machine, which counts as 127.0.0.1.
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
 * Returns the /48 network of an IPv6 network from {@linkcode toNetwork}: the most a provider
 * assigns to one customer, with 65,536 networks. Undefined for other networks.
 */
export function toSite(network: string): string | undefined {
  const groups = /^([^:]+:[^:]+:[^:]+):[^:]+::\/64$/.exec(network)?.[1];
  return groups === undefined ? undefined : `${groups}::/48`;
}

/** Returns the address that represents a loopback address, or the address itself. */
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

/**
 * Returns the address from gRPC's name for a peer: `ADDRESS:PORT`, or `unix:NUMBER` for a Unix
 * socket.
 */
export function peerAddress(peer: string): string {
  return peer.replace(/:\d+$/, "");
}
