/**
 * True if `address`, `HOST:PORT` or `unix:PATH`, can only mean this machine, whatever a name
 * service says. Both sides speak in plaintext there by default, and nowhere else.
 */
export function isLoopback(address: string): boolean {
  if (address.startsWith("unix:")) return true;
  const host = hostOf(address).toLowerCase();
  return host === "localhost" || host === "::1" || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(host);
}

/** The host of `HOST:PORT`, without the brackets of an IPv6 address. */
export function hostOf(address: string): string {
  return address.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1");
}
