import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import { clientFrameFromJson, serverFrameToJson } from "../../../proto/json.ts";
import type { ClientFrame } from "../../../proto/mod.ts";
import { ChatError, errorMessage } from "../../../room/errors.ts";
import { Wakeup } from "../../../room/wakeup.ts";
import { type CallStatus, INTERNAL } from "../../events/refusal.ts";
import { every } from "../../every.ts";
import type { Connection } from "../../net/connection.ts";
import { UnreadMessages } from "./unread_messages.ts";

/** The time before a silent peer is pinged: a dead one keeps its name in use until then. */
const KEEPALIVE_MS = 20_000;
const KEEPALIVE_TIMEOUT_MS = 10_000;

/** The codes with which a WebSocket is closed, from RFC 6455. */
const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  unsupportedData: 1003,
  abnormal: 1006,
  invalidPayload: 1007,
  internalError: 1011,
} as const;

/** The state of a WebSocket that neither side has closed. */
const OPEN = 1;

/** What `ws` says of a message that is too large. */
const TOO_LARGE = "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH";

/** The events of a WebSocket. */
interface WebSocketEvents {
  readonly message: (data: Buffer, isBinary: boolean) => void;
  readonly ping: (data: Buffer) => void;
  readonly pong: () => void;
  readonly error: (error: Error & { readonly code?: string }) => void;
  readonly close: (code: number) => void;
}

/** The part of a WebSocket of the package `ws` that is used here: the package has no types. */
export interface WebSocket {
  on<Name extends keyof WebSocketEvents>(event: Name, listener: WebSocketEvents[Name]): unknown;
  readonly isPaused: boolean;
  readonly readyState: number;
  pause(): void;
  resume(): void;
  send(text: string, done: () => void): void;
  ping(): void;
  pong(data: Buffer, mask: false, done: () => void): void;
  close(code: number): void;
  terminate(): void;
}

/** The options of a {@linkcode SessionSocket}. */
export interface SessionSocketOptions {
  readonly connection: Pick<Connection, "recordPing" | "unread">;
  /** The socket below. */
  readonly socket: Pick<Duplex, "prependListener">;
  /** The time before a silent peer is pinged, and for its answer, in milliseconds. */
  readonly keepaliveMs?: number;
  readonly keepaliveTimeoutMs?: number;
}

/** A message that has not been read yet. */
interface Message {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** Frames that several sessions send, in JSON. */
const encoded = new WeakMap<Buffer, string>();

/** A WebSocket that carries the frames of a session in JSON, a message each. */
export class SessionSocket implements Disposable {
  readonly #socket: WebSocket;
  readonly #stack = new DisposableStack();
  readonly #messages: Message[] = [];
  readonly #unread: UnreadMessages;
  /** Notified when the peer has sent something, or nothing more will come. */
  readonly #wakeup = new Wakeup();
  /** Why the peer could not be understood. */
  #error: ChatError | undefined;
  /** Whether nothing more will come, or will be read. */
  #isOver = false;
  #onLost = () => {};
  readonly #closed = Promise.withResolvers<void>();
  /** Whether anything has arrived since the last ping. */
  #isAlive = true;
  /** The messages that have not left for the socket yet. */
  #writing = 0;
  #closeCode: number | undefined;
  /** The latest ping, until its answer has left. */
  #unanswered: Buffer | undefined;
  /** For an answer to a ping. */
  #deadline: ReturnType<typeof setTimeout> | undefined;

  /** Reads nothing until a frame is wanted. */
  constructor(accepted: WebSocket, options: SessionSocketOptions) {
    const { connection, socket } = options;
    const { keepaliveMs = KEEPALIVE_MS, keepaliveTimeoutMs = KEEPALIVE_TIMEOUT_MS } = options;
    this.#socket = accepted;
    this.#unread = new UnreadMessages(connection.unread);
    socket.prependListener("data", (bytes: Uint8Array) => {
      this.#isAlive = true;
      this.#unread.receive(bytes.length);
    });
    accepted.on("message", (data, isBinary) => {
      if (this.#isOver) return;
      this.#unread.complete(data.length);
      this.#messages.push({ data, isBinary });
      accepted.pause();
      this.#wakeup.notify();
    });
    accepted.on("ping", (data) => {
      connection.recordPing();
      this.#pong(data);
    });
    accepted.on("pong", () => connection.recordPing());
    accepted.on("error", (error) => this.#fail(error));
    accepted.on("close", (code) => {
      this.#end();
      this.#closed.resolve();
      if (code === CLOSE.abnormal) this.#onLost();
    });
    this.#stack.use(every(keepaliveMs, () => this.#ping(keepaliveTimeoutMs)));
    this.#stack.defer(() => clearTimeout(this.#deadline));
  }

  /** Calls back when the peer is gone without having closed the WebSocket. */
  on(_event: "cancelled", listener: () => void): void {
    this.#onLost = listener;
  }

  /** Whether neither side has closed the WebSocket. */
  get isOpen(): boolean {
    return this.#socket.readyState === OPEN;
  }

  /** The largest message that is accepted, in bytes. */
  set maxFrameBytes(bytes: number) {
    // Private fields, which the types omit. Without them the bound stays as it is at first.
    const { _receiver } = this.#socket as unknown as { _receiver?: { _maxPayload: number } };
    if (_receiver) _receiver._maxPayload = bytes;
  }

  /**
   * Yields the frames of the peer until it closes the WebSocket. Each is received and decoded only
   * when it is wanted.
   *
   * @throws {ChatError} `invalid` or `too_large`, if the peer breaks the contract.
   */
  async *readFrames(
    decode: (bytes: Buffer) => ClientFrame,
    signal: AbortSignal,
  ): AsyncGenerator<ClientFrame, void> {
    while (true) {
      while (this.#messages.length === 0 && !this.#error && !this.#isOver) {
        this.#socket.resume();
        await this.#wakeup.wait(signal);
      }
      const message = this.#messages.shift();
      if (message) {
        this.#unread.take(message.data.length);
        yield decode(this.#toBinary(message));
      } else if (this.#error) throw this.#error;
      else return;
    }
  }

  /** Sends a frame, and calls back once it has left for the socket, or never will. */
  write(frame: Buffer, done: () => void): void {
    if (!this.isOpen) return void this.#closed.promise.then(done); // It will not be read.
    let text = encoded.get(frame);
    if (text === undefined) encoded.set(frame, text = serverFrameToJson(frame));
    this.#send(text, done);
  }

  /** Sends the reason for the end. */
  sayGoodbye({ code, details }: Pick<CallStatus, "code" | "details">): void {
    if (code === INTERNAL) this.#closeCode ??= CLOSE.internalError;
    this.#send(JSON.stringify({ goodbye: { code, reason: details } }), () => {});
  }

  /** Closes the WebSocket once everything has been sent. */
  close({ isStopping }: { readonly isStopping: boolean }): void {
    this.#end();
    this.#socket.resume(); // What comes before the answer to the close is dropped.
    this.#socket.close(this.#closeCode ?? (isStopping ? CLOSE.goingAway : CLOSE.normal));
  }

  /** Ends the keepalive, and forgets the peer. */
  [Symbol.dispose](): void {
    this.#stack.dispose();
    this.#unread.close();
    this.#onLost();
  }

  #end(): void {
    this.#isOver = true;
    this.#wakeup.notify();
  }

  #toBinary({ data, isBinary }: Message): Buffer {
    if (isBinary) {
      this.#closeCode = CLOSE.unsupportedData;
      throw new ChatError("invalid", "The message is binary: send each frame in JSON, as text");
    }
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
      return Buffer.from(clientFrameFromJson(text));
    } catch (error) {
      this.#closeCode = CLOSE.invalidPayload;
      const words = `The message is not a frame in JSON: ${errorMessage(error)}`;
      throw new ChatError("invalid", words);
    }
  }

  #send(text: string, done: () => void): void {
    this.#writing++;
    this.#socket.send(text, () => {
      this.#writing--;
      done();
    });
  }

  #fail(error: Error & { readonly code?: string }): void {
    const code = error.code === TOO_LARGE ? "too_large" : "invalid";
    this.#error = new ChatError(code, `The WebSocket was not understood: ${error.message}`);
    this.#wakeup.notify();
  }

  /** Answers a ping; only the latest one, if the peer does not read the answers. */
  #pong(ping: Buffer): void {
    const isAnswering = this.#unanswered !== undefined;
    this.#unanswered = ping;
    if (isAnswering) return;
    this.#socket.pong(ping, false, () => {
      const latest = this.#unanswered!;
      this.#unanswered = undefined;
      if (latest !== ping) this.#pong(latest);
    });
  }

  /** Cuts the connection if nothing at all arrives after a ping. */
  #ping(timeoutMs: number): void {
    this.#isAlive = false;
    this.#socket.ping();
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => {
      // While nothing is read, an answer cannot arrive. A peer that does not read either is dead.
      const isLate = !this.#socket.isPaused || this.#writing > 0;
      if (!this.#isAlive && isLate) this.#socket.terminate();
    }, timeoutMs);
  }
}
