import { ChatError } from "../../room/errors.ts";
import { formatNumber } from "../../text/number.ts";
import type { Bounds } from "../bounds.ts";
import { FloodMeter, type RefusedItem } from "./flood_meter.ts";
import { type OnUnread, UnreadBytes } from "./unread_bytes.ts";

/** The socket of a connection, as far as a connection needs it. */
export interface ClosableSocket {
  /** Tells of the end. */
  on(event: "close", listener: () => void): unknown;
  /** Cuts the connection. */
  destroy(): unknown;
}

/** What comes through a socket, once it is plaintext. */
export interface Incoming {
  /** Tells all who listen, of what has come (`data`) and of the rest. */
  emit(event: string | symbol, ...args: unknown[]): boolean;
}

/** Why a connection is cut. */
export type CutKind = "connections" | "slow" | "flood" | "invalid";

/** What a connection may do, and how long it may do nothing. */
export interface ConnectionOptions {
  readonly bounds: Bounds;
  /** Hears why it has been cut. */
  readonly onCut: (kind: CutKind, words: string) => void;
  /** Hears whether it keeps its place, whenever that changes. */
  readonly onPinned: (isPinned: boolean) => void;
  /** Hears of what it has sent and nobody has read. */
  readonly onUnread: OnUnread;
  /** The time in milliseconds, by a clock that only goes forward. */
  readonly now: () => number;
}

/** A connection: cut when it floods, or keeps a place without doing anything. */
export class Connection {
  readonly #socket: ClosableSocket;
  readonly #options: ConnectionOptions;
  readonly #meter: FloodMeter;
  /** What has come by its streams and has not been read. */
  readonly unread: UnreadBytes;
  /** How many calls are open. */
  #calls = 0;
  #isWatching = false;
  /** How many calls there are for which it keeps its place. */
  #pins = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  /** Waits for the first call through `socket`. */
  constructor(socket: ClosableSocket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.unread = new UnreadBytes(options.onUnread);
    this.#meter = new FloodMeter(options.now, this.unread);
    socket.on("close", () => {
      this.#over = true;
      this.unread.clear();
      clearTimeout(this.#timer);
    });
    const { joinTimeoutMs } = options.bounds;
    this.#startTimeout(joinTimeoutMs, `it made no call within ${joinTimeoutMs / 1_000} s`);
  }

  /**
   * Weighs what comes, from the first byte on. What is too much is handed on to nobody, nor is
   * what comes after a cut: HTTP/2 would announce calls on a connection that is gone.
   */
  watch(incoming: Incoming): void {
    const { emit } = incoming;
    incoming.emit = (event, ...args) => {
      if (event === "data") {
        if (!this.#over) this.#scan(args[0] as Uint8Array);
        if (this.#over) return false;
      }
      return emit.call(incoming, event, ...args);
    };
  }

  #scan(bytes: Uint8Array): void {
    this.#cutIfExceeded(this.#meter.record(bytes));
    if (!this.#meter.isHttp2) this.#cut("invalid", "it does not speak HTTP/2");
  }

  /** Weighs the fields of a message, once it is decoded. */
  recordFields(count: number): void {
    this.#cutIfExceeded(this.#meter.recordFields(count));
  }

  /**
   * Something was refused.
   *
   * @throws {ChatError} `limited`, if the connection is cut for it, or has been.
   */
  recordRefusal(what: RefusedItem): void {
    this.#cutIfExceeded(this.#meter.recordRefusal(what));
    this.checkOpen();
  }

  /**
   * Checks that there is any use in what has come and has not been dealt with.
   *
   * @throws {ChatError} `limited`, if the connection has been cut.
   */
  checkOpen(): void {
    if (this.#over) throw new ChatError("limited", "The connection is cut");
  }

  /**
   * Opens a session or a stream, which is to be disposed at its end.
   *
   * @throws {ChatError} `too_large`, if there are too many.
   */
  openSession(): Disposable {
    const { maxSessions } = this.#options.bounds;
    if (this.#calls >= maxSessions) {
      throw new ChatError(
        "too_large",
        `The connection has ${formatNumber(maxSessions)} sessions already`,
      );
    }
    return this.openCall();
  }

  /** Opens a call that is over soon. */
  openCall(): Disposable {
    this.#calls++;
    clearTimeout(this.#timer);
    return { [Symbol.dispose]: () => this.#closeCall() };
  }

  /**
   * Has the connection watch the server's health, until that is disposed. It may do so for ever,
   * and nobody asks who it is: all that it could learn by another stream, it has by the first.
   *
   * @throws {ChatError} `too_large`, if it does so already.
   */
  openWatch(): Disposable {
    if (this.#isWatching) {
      throw new ChatError("too_large", "The connection watches already: it may do so once");
    }
    this.#isWatching = true;
    return { [Symbol.dispose]: () => void (this.#isWatching = false) };
  }

  /** Has the connection keep its place, however many want one, until that is disposed. */
  pin(): Disposable {
    if (this.#pins++ === 0) this.#options.onPinned(true);
    return {
      [Symbol.dispose]: () => {
        if (--this.#pins === 0 && !this.#over) this.#options.onPinned(false);
      },
    };
  }

  /** Is cut, as it has more that is not read than all others, and all together have too much. */
  drop(): void {
    this.#cut("flood", `it sent ${this.unread.bytes} bytes that are not read, more than others`);
  }

  /** Gives its place to somebody else, for the reason in `words`. */
  evict(words: string): void {
    this.#cut("connections", words);
  }

  /** A call was worth it: it has posted something. */
  refundCall(): void {
    this.#meter.refundCall();
  }

  /** A post was taken, with a message of that length. */
  refundPost(length: number): void {
    this.#meter.refundPost(length);
  }

  #closeCall(): void {
    if (--this.#calls > 0 || this.#over) return;
    const { idleTimeoutMs } = this.#options.bounds;
    this.#startTimeout(idleTimeoutMs, `it made no call for ${idleTimeoutMs / 1_000} s`);
  }

  #startTimeout(ms: number, words: string): void {
    clearTimeout(this.#timer);
    if (this.#over) return;
    this.#timer = setTimeout(() => this.#cut("slow", words), ms);
  }

  #cutIfExceeded(bound: string | undefined): void {
    if (bound !== undefined) this.#cut("flood", `it sent ${bound}`);
  }

  #cut(kind: CutKind, words: string): void {
    if (this.#over) return;
    this.#over = true;
    this.unread.clear();
    clearTimeout(this.#timer);
    this.#options.onCut(kind, words);
    // Not while what came before is still being announced: the calls in it would be on streams
    // that are gone.
    setImmediate(() => this.#socket.destroy());
  }
}
