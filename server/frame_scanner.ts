/** How long what a client says before its first frame is, in bytes. */
const PREFACE_BYTES = 24;
/** How long the head of a frame is, in bytes. */
const HEAD_BYTES = 9;

/** Types of HTTP/2 frames, from RFC 9113. */
export const FRAME = { data: 0, headers: 1, rstStream: 3, ping: 6, continuation: 9 } as const;

/** Hears of a frame; `length` is that of its payload. */
export type OnFrame = (type: number, length: number, stream: number) => void;

/** Finds the heads of HTTP/2 frames in what a client sends, in whatever pieces it comes. */
export class FrameScanner {
  readonly #onFrame: OnFrame;
  /** How many bytes come before the next head. */
  #skip = PREFACE_BYTES;
  /** The head that has come in part, and how much of it. */
  readonly #head = new Uint8Array(HEAD_BYTES);
  #filled = 0;

  /** Calls `onFrame` for each frame once its head has come. */
  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** Takes the next bytes. */
  scan(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
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
