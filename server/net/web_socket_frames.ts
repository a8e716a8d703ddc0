/** The most bytes of a frame's head before its mask, from RFC 6455. */
const MAX_HEAD_BYTES = 10;

/** The size of a mask, in bytes. */
const MASK_BYTES = 4;

/** Counts the frames in the bytes of a WebSocket, however they are split. */
export class WebSocketFrames {
  /** A head that arrived in part, and its length so far. */
  readonly #head = new DataView(new ArrayBuffer(MAX_HEAD_BYTES));
  #filled = 0;
  /** The number of bytes before the next head. */
  #skip = 0;

  /** Returns the number of heads that end in the next bytes. */
  count(bytes: Uint8Array): number {
    let heads = 0;
    for (let at = 0; at < bytes.length;) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, bytes.length - at);
        this.#skip -= skipped;
        at += skipped;
      } else {
        this.#head.setUint8(this.#filled++, bytes[at++]!);
        if (this.#filled < 2 || this.#filled < 2 + this.#lengthBytes) continue;
        this.#skip = this.#readLength();
        this.#filled = 0;
        heads++;
      }
    }
    return heads;
  }

  /** The bytes of the length that follow the first two bytes of the head. */
  get #lengthBytes(): number {
    const length = this.#head.getUint8(1) & 0x7f;
    return length === 127 ? 8 : length === 126 ? 2 : 0;
  }

  /** The length of the payload, with its mask. */
  #readLength(): number {
    const second = this.#head.getUint8(1);
    const mask = (second & 0x80) > 0 ? MASK_BYTES : 0;
    if (this.#lengthBytes === 8) return mask + Number(this.#head.getBigUint64(2));
    return mask + (this.#lengthBytes === 2 ? this.#head.getUint16(2) : second & 0x7f);
  }
}
