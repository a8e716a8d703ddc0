/**
 * The Distinguished Encoding Rules of ASN.1 (ITU-T X.690), as far as a certificate needs them.
 *
 * @module
 */

const encoder = new TextEncoder();

/** A value with its tag and length. */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, { length }) => sum + length, 0);
  const bytes = [tag, ...lengthBytes(length)];
  return new Uint8Array([...bytes, ...parts.flatMap((part) => [...part])]);
}

/** Values in order. */
export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return tlv(0x30, ...parts);
}

/** Values in any order. */
export function set(...parts: readonly Uint8Array[]): Uint8Array {
  return tlv(0x31, ...parts);
}

/** A positive integer, from its big-endian bytes. */
export function integer(bytes: Uint8Array): Uint8Array {
  return tlv(0x02, bytes[0]! < 0x80 ? bytes : Uint8Array.of(0, ...bytes));
}

/** The value true. False is the default wherever it is used here. */
export function booleanTrue(): Uint8Array {
  return tlv(0x01, Uint8Array.of(0xff));
}

/** Bytes as a bit string. */
export function bitString(bytes: Uint8Array): Uint8Array {
  return tlv(0x03, Uint8Array.of(0), bytes);
}

/** Bytes that contain something encoded separately. */
export function octetString(bytes: Uint8Array): Uint8Array {
  return tlv(0x04, bytes);
}

export function utf8String(text: string): Uint8Array {
  return tlv(0x0c, encoder.encode(text));
}

/** An object identifier such as `2.5.4.3`. */
export function objectId(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return tlv(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

/**
 * A time in seconds, with a two-digit year until 2049 and four digits from then on (RFC 5280,
 * 4.1.2.5).
 */
export function time(date: Date): Uint8Array {
  const digits = date.toISOString().replace(/\.\d+Z$/, "Z").replace(/[-:T]/g, "");
  return date.getUTCFullYear() < 2050
    ? tlv(0x17, encoder.encode(digits.slice(2)))
    : tlv(0x18, encoder.encode(digits));
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>= 8) bytes.unshift(rest & 0xff);
  return [0x80 | bytes.length, ...bytes];
}

/** Encodes seven bits per byte. All bytes but the last are marked. */
function base128(number: number): number[] {
  const bytes = [number & 0x7f];
  for (let rest = number >> 7; rest > 0; rest >>= 7) bytes.unshift(0x80 | rest & 0x7f);
  return bytes;
}
