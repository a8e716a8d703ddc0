/** What a client says before its first frame, from RFC 9113. */
const PREFACE = new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
/** How long the head of a frame is, in bytes. */
const HEAD_BYTES = 9;

/** Types of HTTP/2 frames, from RFC 9113. */
export const FRAME = { data: 0, headers: 1, rstStream: 3, ping: 6, continuation: 9 } as const;

/** Hears of a frame; `length` is that of its payload. */
export type OnFrame = (type: number, length: number, stream: number) => void;

/** Finds the heads of HTTP/2 frames in what a client sends, in whatever pieces it comes. */
export class FrameScanner {
  readonly #onFrame: OnFrame;
  /** How much of the preface has come. */
  #begun = 0;
  #isHttp2 = true;
  /** How many bytes come before the next head. */
  #skip = 0;
  /** The head that has come in part, and how much of it. */
  readonly #head = new Uint8Array(HEAD_BYTES);
  #filled = 0;

  /** Calls `onFrame` for each frame once its head has come. */
  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** False from the first byte on that is not of HTTP/2's preface: there are no frames then. */
  get isHttp2(): boolean {
    return this.#isHttp2;
  }

  /** Takes the next bytes. */
  scan(bytes: Uint8Array): void {
    let at = 0;
    while (this.#begun < PREFACE.length && at < bytes.length) {
      if (bytes[at++] !== PREFACE[this.#begun++]) this.#isHttp2 = false;
    }
    if (!this.#isHttp2) return;
    while (at < bytes.length) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, bytes.length - at);
        this.#skip -= skipped;
        at += skipped;
      } else if (this.#filled === 0 && bytes.length - at >= HEAD_BYTES) {
        this.#begin(bytes, at);
        at += HEAD_BYTES;
      } else {
        this.#head[this.#filled++] = bytes[at++]!;
        if (this.#filled < HEAD_BYTES) continue;
        this.#filled = 0;
        this.#begin(this.#head, 0);
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
