/**
 * Decodes the text that a terminal sends: UTF-8, with controls of one byte (C1, 0x80 to 0x9F)
 * in between if the terminal has 8-bit controls. Every other byte that is not UTF-8 becomes U+FFFD.
 */
export class Utf8Decoder {
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** The first bytes of a character that is not complete. */
  #rest = new Uint8Array();

  /** Decodes bytes; a character that is cut is returned once it is complete. */
  read(bytes: Uint8Array): string {
    const all = this.#rest.length === 0 ? bytes : new Uint8Array([...this.#rest, ...bytes]);
    let text = "";
    let start = 0; // The start of well-formed text that is not in `text` yet.
    let at = 0;
    for (let size = 1; at < all.length; at += size) {
      size = sequenceLength(all, at);
      if (at + size > all.length) break;
      if (size > 0) continue;
      text += this.#decoder.decode(all.subarray(start, at)) + strayByte(all[at]!);
      size = 1;
      start = at + size;
    }
    this.#rest = all.slice(at);
    return text + this.#decoder.decode(all.subarray(start, at));
  }
}

/**
 * Returns the size of the character at `at`, whose last bytes may be missing; 0 if there is none.
 */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (let i = 1; i < size && at + i < bytes.length; i++) {
    const [least, most] = i === 1 ? secondByte(first) : [0x80, 0xbf];
    const byte = bytes[at + i]!;
    if (byte < least || byte > most) return 0;
  }
  return size;
}

/**
 * Returns the range of the second byte: it excludes overlong forms, surrogates and larger code
 * points.
 */
function secondByte(first: number): [least: number, most: number] {
  if (first === 0xe0) return [0xa0, 0xbf];
  if (first === 0xed) return [0x80, 0x9f];
  if (first === 0xf0) return [0x90, 0xbf];
  if (first === 0xf4) return [0x80, 0x8f];
  return [0x80, 0xbf];
}

function strayByte(byte: number): string {
  return byte >= 0x80 && byte <= 0x9f ? String.fromCharCode(byte) : "\ufffd";
}
