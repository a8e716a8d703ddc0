/** The client's connection preface, from RFC 9113. */
export const PREFACE: Uint8Array = new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
/** The length of a frame header, in bytes. */
const HEAD_BYTES = 9;

/** Types of HTTP/2 frames, from RFC 9113. */
export const FRAME = { data: 0, headers: 1, rstStream: 3, ping: 6, continuation: 9 } as const;

/** Called for each frame; `length` is the length of its payload. */
export type OnFrame = (type: number, length: number, stream: number) => void;

/** Finds frame headers in a client's HTTP/2 bytes, however they are split. They begin with the preface. */
export class FrameScanner {
  readonly #onFrame: OnFrame;
  /** The number of bytes before the next header: the preface at first. */
  #skip = PREFACE.length;
  /** A header that arrived in part, and its length so far. Made if needed. */
  #head: Uint8Array | undefined;
  #filled = 0;

  /** Calls `onFrame` for each frame once its header is complete. */
  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** Scans the next bytes. */
  scan(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, bytes.length - at);
        this.#skip -= skipped;
        at += skipped;
      } else if (this.#filled === 0 && bytes.length - at >= HEAD_BYTES) {
        this.#begin(bytes, at);
        at += HEAD_BYTES;
      } else {
        const head = this.#head ??= new Uint8Array(HEAD_BYTES);
        head[this.#filled++] = bytes[at++]!;
        if (this.#filled < HEAD_BYTES) continue;
        this.#filled = 0;
        this.#begin(head, 0);
      }
    }
  }

  #begin(bytes: Uint8Array, at: number): void {
    this.#skip = bytes[at]! << 16 | bytes[at + 1]! << 8 | bytes[at + 2]!;
    const stream = (bytes[at + 5]! & 0x7f) << 24 | bytes[at + 6]! << 16 | bytes[at + 7]! << 8 |
      bytes[at + 8]!;
    this.#onFrame(bytes[at + 3]!, this.#skip, stream);
  }
}
