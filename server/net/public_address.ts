import { lookup } from "node:dns/promises";
import { formatAddress, isLoopbackHost, isWildcardHost, parseAddress } from "../../text/address.ts";
import { parseListenAddress } from "./listen_address.ts";

/**
 * Returns whether only this machine can connect to a server on the address `text`. A host name is
 * looked up: all its addresses must be loopback addresses.
 *
 * @throws {ChatError} `unavailable`, if it is not an address.
 */
export async function isLocal(text: string): Promise<boolean> {
  const address = parseListenAddress(text);
  if ("path" in address || isLoopbackHost(address.host)) return true;
  try {
    const found = await lookup(address.host, { all: true });
    return found.length > 0 && found.every(({ address }) => isLoopbackHost(address));
  } catch {
    return false; // Listening will fail as well, and say why.
  }
}

/**
 * The hosts by which others reach a server on `host`: for a wildcard, the addresses of this
 * machine.
 */
function reachableHosts(host: string): string[] {
  if (!isWildcardHost(host)) return [host];
  const found = machineAddresses().filter(({ address, family }) =>
    !isLoopbackHost(address) &&
    !address.startsWith("fe80:") && // Valid on one link only.
    (host !== "0.0.0.0" || family === "IPv4")
  );
  // IPv4 first: it is easier to copy and to type.
  found.sort((a, b) => Number(a.family === "IPv6") - Number(b.family === "IPv6"));
  return found.map(({ address }) => address);
}

/**
 * The hosts by which clients, also on this machine, reach a server that listens on `text`, an
 * address.
 */
export function ownHosts(text: string): string[] {
  const address = parseAddress(text);
  if ("path" in address) return ["localhost"];
  const { host } = address;
  const loopback = isWildcardHost(host) ? ["127.0.0.1", "::1"] : [];
  return [...new Set(["localhost", ...loopback, ...reachableHosts(host)])];
}

/** The address by which others reach a server that listens on `text`, an address. */
export function publicAddress(text: string): string {
  const address = parseAddress(text);
  if ("path" in address) return text;
  const [host = address.host] = reachableHosts(address.host);
  return formatAddress({ host, port: address.port });
}

function machineAddresses(): Deno.NetworkInterfaceInfo[] {
  try {
    return Deno.networkInterfaces();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return []; // Then users have to know the address.
    throw error;
  }
}
