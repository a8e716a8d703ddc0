/**
 * IP addresses, as text and as bytes.
 *
 * @module
 */

/** As `isIP()` of Node has it: without leading zeros, which some programs read as octal. */
const IPV4 = /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/;

/**
 * Returns the 4 bytes of an IPv4 address, or the 16 bytes of an IPv6 address without its zone
 * (`%eth0`); undefined for any other text.
 */
export function parseIp(text: string): Uint8Array | undefined {
  if (IPV4.test(text)) {
    const bytes = text.split(".").map(Number);
    return bytes.every((byte) => byte <= 255) ? Uint8Array.from(bytes) : undefined;
  }
  const address = text.replace(/%.+$/s, "");
  if (!/^[\da-f]*:[\da-f:.]*$/i.test(address)) return undefined;
  // The URL parser writes an address as groups of hexadecimal digits with one gap at most.
  const groups = URL.parse(`http://[${address}]`)?.hostname.slice(1, -1);
  return groups === undefined ? undefined : parseGroups(groups);
}

function parseGroups(text: string): Uint8Array {
  const [head = [], tail = []] = text.split("::").map((part) => part.split(":").filter(Boolean));
  const gap = Array<string>(8 - head.length - tail.length).fill("0");
  const groups = [...head, ...gap, ...tail].map((group) => parseInt(group, 16));
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** Writes the address with these bytes in its shortest form (RFC 5952); undefined if it is none. */
export function formatIp(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) return undefined;
  const groups = bytes.toHex().replace(/.{4}(?=.)/g, "$&:");
  return new URL(`http://[${groups}]`).hostname.slice(1, -1);
}

/** Returns the IPv4 address that an IPv6 address stands for (`::ffff:192.0.2.1`); others as they are. */
export function unmapIpv4(bytes: Uint8Array): Uint8Array {
  const isMapped = bytes.length === 16 &&
    bytes.subarray(0, 12).every((byte, i) => byte === (i < 10 ? 0 : 0xff));
  return isMapped ? bytes.subarray(12) : bytes;
}
