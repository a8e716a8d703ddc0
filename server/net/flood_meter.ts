import { LIMITS } from "../../room/limits.ts";
import { TokenBucket } from "../../room/token_bucket.ts";
import type { RefusedItem } from "../peer.ts";
import { FRAME, FrameScanner } from "./http2_frames.ts";
import type { UnreadBytes } from "./unread_bytes.ts";
import { WebSocketFrames } from "./web_socket_frames.ts";

/**
 * The cost of a refusal, in frames. A well-formed post is cheap: honest clients that are too fast
 * or muted may send many.
 */
const REFUSAL_COST: Readonly<Record<RefusedItem, number>> = {
  "post": 1,
  "wrong post": 100,
  "order": 100,
  "search": 100,
};

/**
 * The cost of DATA for a call that has ended, in frames per frame and per 512 bytes. An honest peer
 * learns of the end at once, so that at most a flow-control window is still on its way.
 */
const WASTED_DATA_COST = 16;

/** The end of a line. */
const LF = 0x0a;

/** The cost of a ping, in frames: it is cheap to send, and is answered. */
const PING_COST = 4;

/** The number of message fields that cost as much as one frame. */
const FIELDS_PER_FRAME = 4;

/**
 * Meters what a connection sends, frame by frame. Accepted posts are refunded; everything else is
 * cheap to send, and expensive to answer or discard.
 */
export class FloodMeter {
  readonly #now: () => number;
  readonly #frames: TokenBucket;
  readonly #calls: TokenBucket;
  readonly #scanner = new FrameScanner((type, length, stream) => {
    this.#follow(type, length, stream);
    this.#charge(type, length, stream);
  });
  /** Made for the first bytes of a WebSocket. */
  #webSocketFrames: WebSocketFrames | undefined;
  readonly #unread: UnreadBytes | undefined;
  /** The length of the header block being received. */
  #headerBytes = 0;
  #exceeded: string | undefined;

  /** Starts with full buckets. `unread` is updated from the frames. */
  constructor(now: () => number, unread?: UnreadBytes) {
    this.#now = now;
    this.#unread = unread;
    this.#frames = new TokenBucket(LIMITS.frames, now());
    this.#calls = new TokenBucket(LIMITS.calls, now());
  }

  /** Meters received bytes of HTTP/2. Returns the bound they exceed, in words, if any. */
  record(bytes: Uint8Array): string | undefined {
    this.#scanner.scan(bytes);
    return this.#exceeded;
  }

  /**
   * Meters received bytes of HTTP/1.1. Each 128 of them cost as much as a frame of HTTP/2, since only
   * small requests are expected, and so do each 2 lines, as a chunk of a single byte has.
   */
  recordLines(bytes: Uint8Array): string | undefined {
    let lines = 0;
    for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) lines++;
    this.#chargeFrames(1 + (bytes.length >> 7) + (lines >> 1));
    return this.#exceeded;
  }

  /** Meters received bytes of a WebSocket. Its frames cost as much as those of HTTP/2. */
  recordWebSocket(bytes: Uint8Array): string | undefined {
    const frames = (this.#webSocketFrames ??= new WebSocketFrames()).count(bytes);
    this.#chargeFrames(Math.max(1, frames) + (bytes.length >> 9));
    return this.#exceeded;
  }

  /** Charges for a request of HTTP/1.1, as for a call. Returns the exceeded bound, if any. */
  recordRequest(headerBytes: number): string | undefined {
    this.#chargeCalls(1 + (headerBytes >> 8));
    return this.#exceeded;
  }

  /** Charges for a ping of a WebSocket, as for one of HTTP/2. Returns the exceeded bound, if any. */
  recordPing(): string | undefined {
    this.#chargeFrames(PING_COST);
    return this.#exceeded;
  }

  /**
   * Charges for the fields of a decoded message, since a field of two bytes may become an object of
   * a hundred. Returns the bound that is exceeded, in words, if any.
   */
  recordFields(count: number): string | undefined {
    this.#chargeFrames(1 + count / FIELDS_PER_FRAME);
    return this.#exceeded;
  }

  /** Refunds a post, given the length of its message. */
  refundPost(length: number): void {
    // A post has up to 5 fields, and a UTF-16 unit needs at most 3 bytes of UTF-8.
    this.#frames.refund(6 + (length * 3 >> 9));
  }

  /** Charges for a refusal, which is answered and reported. Returns the exceeded bound, if any. */
  recordRefusal(what: RefusedItem): string | undefined {
    this.#chargeFrames(REFUSAL_COST[what]);
    return this.#exceeded;
  }

  /** Refunds a call. */
  refundCall(): void {
    this.#calls.refund(4);
  }

  #follow(type: number, length: number, stream: number): void {
    if (type === FRAME.data) this.#unread?.add(stream, length);
    else if (type === FRAME.headers) this.#unread?.open(stream);
    else if (type === FRAME.rstStream) this.#unread?.close(stream);
  }

  #charge(type: number, length: number, stream: number): void {
    const { headerBytes } = LIMITS;
    this.#chargeFrames(this.#weight(type, stream) * (1 + (length >> 9)));
    if (type === FRAME.data) return;
    if (type === FRAME.headers) {
      this.#headerBytes = length;
      this.#chargeCalls(1 + (length >> 8));
    }
    if (type === FRAME.continuation) this.#headerBytes += length;
    if (this.#headerBytes > headerBytes) {
      this.#exceeded = `headers of more than ${headerBytes} bytes`;
    }
  }

  /** The number of frames that a frame of this type counts as, and each 512 bytes of it. */
  #weight(type: number, stream: number): number {
    if (type === FRAME.ping) return PING_COST;
    if (type === FRAME.data && this.#unread?.isOpen(stream) === false) return WASTED_DATA_COST;
    return 1;
  }

  #chargeCalls(count: number): void {
    const { calls } = LIMITS;
    if (this.#calls.take(count, this.#now()) > 0) {
      this.#exceeded = `more than ${calls.perSecond} calls a second (${calls.burst} at once)`;
    }
  }

  #chargeFrames(count: number): void {
    const { frames } = LIMITS;
    if (this.#frames.take(count, this.#now()) > 0) {
      this.#exceeded = `more than ${frames.perSecond} frames a second (${frames.burst} at once)`;
    }
  }
}
