import { parseTcpAddress } from "../../../text/address.ts";

/** The address of a server, as `Deno.connect()` expects it. */
export function tcpAddress(address: string): { readonly hostname: string; readonly port: number } {
  const { host, port } = parseTcpAddress(address);
  return { hostname: host, port };
}
