import { LIMITS } from "../../room/limits.ts";
import { TokenBucket } from "../../room/token_bucket.ts";
import { FRAME, FrameScanner } from "./http2_frames.ts";
import type { UnreadBytes } from "./unread_bytes.ts";

/**
 * What it costs to refuse something, in frames. Somebody who is too fast, or muted, may have sent
 * many posts that are right.
 */
const REFUSAL_COST = { "post": 1, "wrong post": 100, "order": 100 } as const;

/** What can be refused. */
export type RefusedItem = keyof typeof REFUSAL_COST;

/** How many fields of a message cost as much as a frame. */
const FIELDS_PER_FRAME = 4;

/**
 * Weighs what a connection sends, frame by frame. Posts pay for themselves; the rest is cheap
 * to send, and dear to answer or to throw away.
 */
export class FloodMeter {
  readonly #now: () => number;
  readonly #frames: TokenBucket;
  readonly #calls: TokenBucket;
  readonly #scanner = new FrameScanner((type, length, stream) => {
    this.#follow(type, length, stream);
    this.#charge(type, length);
  });
  readonly #unread: UnreadBytes | undefined;
  /** How long the header block is that is coming in. */
  #headerBytes = 0;
  #exceeded: string | undefined;

  /** Starts with what a connection may send at once; `unread` hears of what comes by its streams. */
  constructor(now: () => number, unread?: UnreadBytes) {
    this.#now = now;
    this.#unread = unread;
    this.#frames = new TokenBucket(LIMITS.frames, now());
    this.#calls = new TokenBucket(LIMITS.calls, now());
  }

  /** Whether what has come may be HTTP/2. */
  get isHttp2(): boolean {
    return this.#scanner.isHttp2;
  }

  /** Takes what has come, and returns the bound that it is beyond, in words, if it is. */
  record(bytes: Uint8Array): string | undefined {
    this.#scanner.scan(bytes);
    return this.#exceeded;
  }

  /**
   * Takes a message of so many fields that has been decoded, and returns the bound that it is
   * beyond, in words, if it is: a field of two bytes may become an object of a hundred.
   */
  recordFields(count: number): string | undefined {
    this.#chargeFrames(1 + count / FIELDS_PER_FRAME);
    return this.#exceeded;
  }

  /** Gives back what a post has cost, given the length of its message. */
  refundPost(length: number): void {
    // It has up to 5 fields. No UTF-16 unit takes more than 3 bytes of UTF-8.
    this.#frames.refund(6 + (length * 3 >> 9));
  }

  /** Takes a refusal, which is answered and reported, and returns as much. */
  recordRefusal(what: RefusedItem): string | undefined {
    this.#chargeFrames(REFUSAL_COST[what]);
    return this.#exceeded;
  }

  /** Gives back what a call has cost. */
  refundCall(): void {
    this.#calls.refund(4);
  }

  #follow(type: number, length: number, stream: number): void {
    if (type === FRAME.data) this.#unread?.add(stream, length);
    else if (type === FRAME.headers) this.#unread?.open(stream);
    else if (type === FRAME.rstStream) this.#unread?.close(stream);
  }

  #charge(type: number, length: number): void {
    const { calls, headerBytes } = LIMITS;
    this.#chargeFrames((type === FRAME.ping ? 4 : 1) + (length >> 9));
    if (type === FRAME.data) return;
    if (type === FRAME.headers) {
      this.#headerBytes = length;
      if (this.#calls.take(1 + (length >> 8), this.#now()) > 0) {
        this.#exceeded = `more than ${calls.perSecond} calls a second (${calls.burst} at once)`;
      }
    }
    if (type === FRAME.continuation) this.#headerBytes += length;
    if (this.#headerBytes > headerBytes) {
      this.#exceeded = `headers of more than ${headerBytes} bytes`;
    }
  }

  #chargeFrames(count: number): void {
    const { frames } = LIMITS;
    if (this.#frames.take(count, this.#now()) > 0) {
      this.#exceeded = `more than ${frames.perSecond} frames a second (${frames.burst} at once)`;
    }
  }
}
