/**
 * IP addresses, as text and as bytes.
 *
 * @module
 */

/** The 4 bytes of an IPv4 address, or the 16 bytes of an IPv6 address. */
export type IpBytes = readonly number[];

/**
 * Parses an IPv4 address, or an IPv6 address without its zone (`%eth0`); undefined for other texts.
 */
export function parseIp(text: string): IpBytes | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): IpBytes | undefined {
  const bytes: number[] = [];
  for (const part of text.split(".", 5)) {
    // Without leading zeros, which some programs read as octal.
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes.push(Number(part));
  }
  return bytes.length === 4 ? bytes : undefined;
}

function parseIpv6(text: string): IpBytes | undefined {
  const [start = "", end, ...more] = text.replace(/%.+$/s, "").split("::");
  const head = parseGroups(start, end === undefined);
  const tail = parseGroups(end ?? "", true);
  if (!head || !tail || more.length > 0) return undefined;
  const gap = 16 - head.length - tail.length;
  const isWhole = end === undefined ? gap === 0 : gap >= 2; // `::` stands for a group at least.
  return isWhole ? [...head, ...Array<number>(gap).fill(0), ...tail] : undefined;
}

/**
 * Parses groups with colons between them. At the end of an address there may be an IPv4 address.
 */
function parseGroups(text: string, isEnd: boolean): IpBytes | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [i, group] of groups.entries()) {
    if (/^[\da-f]{1,4}$/i.test(group)) {
      const number = parseInt(group, 16);
      bytes.push(number >> 8, number & 0xff);
    } else {
      const ipv4 = isEnd && i === groups.length - 1 ? parseIpv4(group) : undefined;
      if (!ipv4) return undefined;
      bytes.push(...ipv4);
    }
  }
  return bytes;
}

/** Writes the address with these bytes in its shortest form (RFC 5952); undefined if it is none. */
export function formatIp(bytes: IpBytes): string | undefined {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) return undefined;
  // The URL parser knows that form.
  return new URL(`http://[${ipv6Groups(bytes).join(":")}]`).hostname.slice(1, -1);
}

/** The groups of an IPv6 address in hexadecimal digits, without leading zeros. */
export function ipv6Groups(bytes: IpBytes): string[] {
  return [0, 2, 4, 6, 8, 10, 12, 14].map((i) => (bytes[i]! << 8 | bytes[i + 1]!).toString(16));
}

/**
 * Returns the IPv4 address that an IPv6 address stands for (`::ffff:192.0.2.1`); others as they
 * are.
 */
export function unmapIpv4(bytes: IpBytes): IpBytes {
  const isMapped = bytes.length === 16 &&
    bytes.every((byte, i) => i >= 12 || byte === (i < 10 ? 0 : 0xff));
  return isMapped ? bytes.slice(12) : bytes;
}
