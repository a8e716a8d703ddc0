import { lookup } from "node:dns/promises";
import { hostOf, isLoopback } from "../../proto/identity/loopback.ts";

/**
 * True if only this machine gets to `address`, `HOST:PORT` or `unix:PATH`; a name is looked
 * up for that, and all that it stands for must be loopback.
 */
export async function isLocal(address: string): Promise<boolean> {
  if (isLoopback(address)) return true;
  try {
    const found = await lookup(hostOf(address), { all: true });
    return found.length > 0 && found.every(({ address }) => isLoopback(`[${address}]:0`));
  } catch {
    return false; // Listening there will fail as well, and say why.
  }
}

/** The hosts by which others get to a server on `host`: for a wildcard, the addresses of this machine. */
export function reachableHosts(host: string): string[] {
  if (!isWildcard(host)) return [host];
  const found = machineAddresses().filter(({ address, family }) =>
    !isLoopback(`[${address}]:0`) &&
    !address.startsWith("fe80:") && // Of one link, and without a meaning elsewhere.
    (host !== "0.0.0.0" || family === "IPv4")
  );
  // What people copy and type best comes first.
  found.sort((a, b) => Number(a.family === "IPv6") - Number(b.family === "IPv6"));
  return found.map(({ address }) => address);
}

/** The hosts by which anybody gets to a server on `address`, those on this machine too. */
export function ownHosts(address: string): string[] {
  if (address.startsWith("unix:")) return ["localhost"];
  const host = hostOf(address);
  const loopback = isWildcard(host) ? ["127.0.0.1", "::1"] : [];
  return [...new Set(["localhost", ...loopback, ...reachableHosts(host)])];
}

/** Where others reach a server that listens on `address`. */
export function publicAddress(address: string): string {
  if (address.startsWith("unix:")) return address;
  const [host] = reachableHosts(hostOf(address));
  if (host === undefined) return address;
  const port = /:\d+$/.exec(address)![0];
  return host.includes(":") ? `[${host}]${port}` : `${host}${port}`;
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || /^[0:]+$/.test(host);
}

function machineAddresses(): Deno.NetworkInterfaceInfo[] {
  try {
    return Deno.networkInterfaces();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return []; // Then others must know by themselves.
    throw error;
  }
}
