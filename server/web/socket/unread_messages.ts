import type { UnreadBytes } from "../../net/unread_bytes.ts";

/** The number of the only stream of a connection with a WebSocket. */
const STREAM = 1;

/** The memory that a message takes besides its bytes: many may be tiny. */
export const MESSAGE_BYTES = 512;

/** Counts the bytes of a WebSocket that were received but not read: see {@linkcode UnreadBytes}. */
export class UnreadMessages {
  readonly #unread: UnreadBytes;
  /** Received since the last message was complete. */
  #partial = 0;
  /** The size of the last bytes that were received at once. */
  #latest = 0;

  /** Counts bytes in `unread`. */
  constructor(unread: UnreadBytes) {
    this.#unread = unread;
    unread.open(STREAM);
  }

  /** Records received bytes. */
  receive(bytes: number): void {
    this.#latest = bytes;
    this.#partial += bytes;
    this.#unread.add(STREAM, bytes);
  }

  /**
   * Records that a message with this length is complete. What has been received besides belongs to
   * the next one, except for the heads of fragments and of pings, whose number is not known here:
   * it is no more than has been received at once.
   */
  complete(length: number): void {
    const rest = Math.min(this.#partial - headBytes(length) - length, this.#latest);
    const partial = Math.max(0, rest);
    this.#unread.add(STREAM, partial + length + MESSAGE_BYTES - this.#partial);
    this.#partial = partial;
  }

  /** Records that a message with this length has been read. */
  take(length: number): void {
    this.#unread.add(STREAM, -length - MESSAGE_BYTES);
  }

  /** Drops what is left. */
  close(): void {
    this.#unread.close(STREAM);
  }
}

/** The size of the head of a client's frame with a payload of this length, from RFC 6455. */
function headBytes(length: number): number {
  const mask = 4;
  if (length < 126) return 2 + mask;
  return length < 65_536 ? 4 + mask : 10 + mask;
}
