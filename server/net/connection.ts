import { ChatError } from "../../room/errors.ts";
import { formatNumber } from "../../text/number.ts";
import type { Bounds } from "../bounds.ts";
import type { RefusedItem } from "../peer.ts";
import { FloodMeter } from "./flood_meter.ts";
import type { Protocol } from "./protocol.ts";
import { type OnUnread, UnreadBytes } from "./unread_bytes.ts";

/** The part of a socket that a connection needs. */
export interface ClosableSocket {
  on(event: "close", listener: () => void): unknown;
  destroy(): unknown;
}

/** A socket's events, once it is plaintext. */
export interface Incoming {
  /** Emits `data` and all other events. */
  emit(event: string | symbol, ...args: unknown[]): boolean;
}

/** The kind of rule by which a connection was cut. */
export type CutKind = "connections" | "slow" | "flood" | "invalid";

/** Limits and timeouts of a connection. All connections of a server share them. */
export interface ConnectionOptions {
  readonly bounds: Bounds;
  /** Called with the reason when a connection is cut. */
  readonly onCut: (connection: Connection, kind: CutKind, words: string) => void;
  /** Called when a connection becomes pinned or unpinned. */
  readonly onPinned: (connection: Connection, isPinned: boolean) => void;
  /** Called when the unread bytes of a connection change. */
  readonly onUnread: OnUnread;
  /** The time in milliseconds, from a monotonic clock. */
  readonly now: () => number;
}

/** A connection. It is cut when it floods, or when it is idle for too long. */
export class Connection {
  /** Its remote address. */
  readonly address: string;
  readonly #socket: ClosableSocket;
  readonly #options: ConnectionOptions;
  readonly #meter: FloodMeter;
  /** Received on its streams, but not read yet. */
  readonly unread: UnreadBytes;
  #protocol: Protocol | "websocket" = "http2";
  #calls = 0;
  #isWatching = false;
  /** The number of calls that keep the connection from being evicted. */
  #pins = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether it is closed, or will be. */
  #over = false;
  #isCut = false;

  /** Starts the timeout for the first call. */
  constructor(socket: ClosableSocket, address: string, options: ConnectionOptions) {
    this.#socket = socket;
    this.address = address;
    this.#options = options;
    this.unread = new UnreadBytes(options.onUnread);
    this.#meter = new FloodMeter(options.now, this.unread);
    socket.on("close", () => {
      this.#over = true;
      this.unread.clear();
      this.#endTimeout();
    });
    const { joinTimeoutMs } = options.bounds;
    this.#startTimeout(joinTimeoutMs, `it made no call within ${joinTimeoutMs / 1_000} s`);
  }

  /**
   * Meters all incoming bytes, from the first one on. Bytes that exceed a bound or arrive after a
   * cut are dropped: HTTP would announce calls on a connection that is gone.
   */
  watch(incoming: Incoming, protocol: Protocol): void {
    this.#protocol = protocol;
    const { emit } = incoming;
    incoming.emit = (event, ...args) => {
      if (event === "data") {
        if (!this.#over) this.#cutIfExceeded(this.#record(args[0] as Uint8Array));
        if (this.#over) return false;
      }
      return emit.call(incoming, event, ...args);
    };
  }

  /** Meters what follows as frames of a WebSocket. */
  upgrade(): void {
    this.#protocol = "websocket";
  }

  /** Charges for a request of HTTP/1.1 with headers of this size. */
  recordRequest(headerBytes: number): void {
    this.#cutIfExceeded(this.#meter.recordRequest(headerBytes));
  }

  /** Charges for a ping or a pong of a WebSocket. */
  recordPing(): void {
    this.#cutIfExceeded(this.#meter.recordPing());
  }

  /** Cuts the connection because of what it sent. */
  refuseProtocol(words: string): void {
    this.#cut("invalid", words);
  }

  /** Charges for the fields of a decoded message. */
  recordFields(count: number): void {
    this.#cutIfExceeded(this.#meter.recordFields(count));
  }

  /**
   * Charges for a refusal.
   *
   * @throws {ChatError} `unavailable`, if the connection has been cut, for this or before.
   */
  recordRefusal(what: RefusedItem): void {
    this.#cutIfExceeded(this.#meter.recordRefusal(what));
    this.checkNotCut();
  }

  /** Whether it was cut or closed. */
  get isOver(): boolean {
    return this.#over;
  }

  /**
   * Checks that a received message is still worth handling. One that its peer has sent before it
   * closed the connection is.
   *
   * @throws {ChatError} `unavailable`, if the connection has been cut, which has been reported.
   */
  checkNotCut(): void {
    if (this.#isCut) throw new ChatError("unavailable", "The connection was cut");
  }

  /**
   * Opens a session or a stream. Dispose the result when it ends.
   *
   * @throws {ChatError} `full`, if there are too many.
   */
  openSession(): Disposable {
    const { maxSessions } = this.#options.bounds;
    if (this.#calls >= maxSessions) {
      throw new ChatError(
        "full",
        `The connection already has ${formatNumber(maxSessions)} sessions`,
      );
    }
    return this.openCall();
  }

  /** Opens a short call. */
  openCall(): Disposable {
    this.#calls++;
    this.#endTimeout();
    return { [Symbol.dispose]: () => this.#closeCall() };
  }

  /**
   * Registers a health watch until it is disposed. A watch may last forever and needs no identity,
   * so each connection gets one: a second would report nothing new.
   *
   * @throws {ChatError} `full`, if there is one already.
   */
  openWatch(): Disposable {
    if (this.#isWatching) {
      throw new ChatError("full", "This connection already has a health watch");
    }
    this.#isWatching = true;
    return { [Symbol.dispose]: () => void (this.#isWatching = false) };
  }

  /** Protects the connection from eviction until disposed. Pins nest. */
  pin(): Disposable {
    if (this.#pins++ === 0) this.#options.onPinned(this, true);
    return {
      [Symbol.dispose]: () => {
        if (--this.#pins === 0 && !this.#over) this.#options.onPinned(this, false);
      },
    };
  }

  /**
   * Cuts the connection because it has the most unread bytes when the server's total is too large.
   */
  drop(): void {
    this.#cut("flood", `it sent ${this.unread.bytes} bytes that are not read, more than any other`);
  }

  /** Cuts the connection to make room for another one. */
  evict(words: string): void {
    this.#cut("connections", words);
  }

  /** Refunds a call that has posted something. */
  refundCall(): void {
    this.#meter.refundCall();
  }

  /** Refunds an accepted post whose message has this length. */
  refundPost(length: number): void {
    this.#meter.refundPost(length);
  }

  #record(bytes: Uint8Array): string | undefined {
    if (this.#protocol === "http2") return this.#meter.record(bytes);
    if (this.#protocol === "http1") return this.#meter.recordLines(bytes);
    return this.#meter.recordWebSocket(bytes);
  }

  #closeCall(): void {
    if (--this.#calls > 0 || this.#over) return;
    const { idleTimeoutMs } = this.#options.bounds;
    this.#startTimeout(idleTimeoutMs, `it made no call for ${idleTimeoutMs / 1_000} s`);
  }

  #startTimeout(ms: number, words: string): void {
    this.#endTimeout();
    if (this.#over) return;
    this.#timer = setTimeout(() => this.#cut("slow", words), ms);
  }

  #endTimeout(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #cutIfExceeded(bound: string | undefined): void {
    if (bound !== undefined) this.#cut("flood", `it sent ${bound}`);
  }

  #cut(kind: CutKind, words: string): void {
    if (this.#over) return;
    this.#over = this.#isCut = true;
    this.unread.clear();
    this.#endTimeout();
    this.#options.onCut(this, kind, words);
    // Not while earlier bytes are still being dispatched: their calls would be on streams that are
    // gone.
    setImmediate(() => this.#socket.destroy());
  }
}
