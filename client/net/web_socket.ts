import { decodeServerFrame, encodeClientFrame } from "../../proto/frame_json.ts";
import { type ServerIdentity, webIdentity } from "../../proto/identity/proof.ts";
import type { ClientFrameInit, ServerFrame } from "../../proto/messages.ts";
import { ChatError } from "../../room/errors.ts";
import { Wakeup } from "../../room/wakeup.ts";
import { NOT_A_CHAT_SERVER, type SessionCall, type SessionConnection } from "./transport.ts";

/** The status of a WebSocket that is closed because nothing is left to say (RFC 6455, 7.4.1). */
const NORMAL = 1000;

/** The reasons why a server closes a WebSocket, by its status. */
const REASONS: Readonly<Record<number, string>> = {
  1001: "the server is stopping",
  1003: NOT_A_CHAT_SERVER,
  1008: "the server does not allow it",
  1009: "a frame is larger than the server allows",
  1011: "the server failed",
  1012: "the server is restarting",
  1013: "the server is overloaded",
};

/**
 * A connection over a WebSocket, for browsers: each frame is a text in JSON.
 *
 * A page cannot make the server wait: the browser receives ahead of it. That needs no bound here, as
 * a page reads at once what arrives. A page also has no pings, and learns no reason why a connection
 * could not be made.
 */
export class WebSocketConnection implements SessionConnection {
  /** The origin of the server: `https://chat.example:11912`. */
  readonly address: string;
  /** Aborted when the connection is closed. */
  readonly #closed = new AbortController();

  /** Names the server by its origin. The WebSocket is opened for the session. */
  constructor(address: string) {
    this.address = address;
  }

  /** Returns the origin, because a browser shows a page no certificate. */
  identify(): ServerIdentity {
    return webIdentity(this.address);
  }

  session(signal: AbortSignal): SessionCall {
    const url = new URL("/session", this.address.replace(/^http/, "ws"));
    return new WebSocketCall(url, AbortSignal.any([signal, this.#closed.signal]));
  }

  close(): void {
    this.#closed.abort();
  }
}

/** A session over one WebSocket. */
class WebSocketCall implements SessionCall {
  readonly frames: AsyncGenerator<ServerFrame, void>;
  readonly #socket: WebSocket;
  /** Frames to send once the WebSocket is open. */
  #early: string[] = [];
  /** The posts that the server has not answered. */
  #unanswered = 0;
  #isEnding = false;
  /** The texts that were received and not read yet. */
  #received: string[] = [];
  readonly #wakeup = new Wakeup();
  /** Set when the WebSocket is closed: the error, if it was not closed in order. */
  #end: { readonly error?: ChatError } | undefined;

  constructor(url: URL, signal: AbortSignal) {
    const socket = this.#socket = new WebSocket(url);
    let wasOpen = false;
    socket.onopen = () => {
      wasOpen = true;
      for (const text of this.#early) socket.send(text);
      this.#early = [];
    };
    socket.onmessage = ({ data }) => {
      this.#received.push(data);
      this.#wakeup.notify();
    };
    socket.onclose = ({ code, reason }) => {
      this.#end = code === NORMAL ? {} : { error: closeError(code, reason, wasOpen) };
      this.#wakeup.notify();
    };
    socket.onerror = () => {}; // It is closed next. Without a listener, Deno would print the error.
    this.frames = this.#read(signal);
    signal.addEventListener("abort", () => socket.close(NORMAL), { once: true });
    if (signal.aborted) socket.close(NORMAL);
  }

  readonly send = (frame: ClientFrameInit): void => {
    this.#unanswered += frame.posts?.length ?? 0;
    const text = encodeClientFrame(frame);
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#early.push(text);
    else this.#socket.send(text); // A closed one drops it: the outbox sends it again.
  };

  /** Closes the WebSocket after the last answer, because a browser reads nothing after that. */
  readonly end = (): void => {
    this.#isEnding = true;
    if (this.#unanswered <= 0) this.#socket.close(NORMAL);
  };

  async *#read(signal: AbortSignal): AsyncGenerator<ServerFrame, void> {
    const never = new AbortController().signal;
    const wake = this.#wakeup.notify;
    signal.addEventListener("abort", wake, { once: true });
    try {
      while (!signal.aborted) {
        const received = this.#received;
        this.#received = [];
        for (const text of received) yield this.#decode(text);
        if (received.length > 0) continue;
        if (this.#end) break;
        await this.#wakeup.wait(never);
      }
      if (!signal.aborted && this.#end?.error) throw this.#end.error;
    } finally {
      signal.removeEventListener("abort", wake);
      this.#socket.close(NORMAL);
    }
  }

  #decode(text: string): ServerFrame {
    let frame: ServerFrame;
    try {
      frame = decodeServerFrame(text);
    } catch (cause) {
      throw new ChatError("unavailable", NOT_A_CHAT_SERVER, { cause });
    }
    this.#unanswered -= frame.acks.length + frame.refusals.length;
    if (this.#isEnding && this.#unanswered <= 0) this.#socket.close(NORMAL);
    return frame;
  }
}

/** The error for a WebSocket that was closed by the server or the network. */
function closeError(code: number, reason: string, wasOpen: boolean): ChatError {
  const broken = wasOpen ? "the connection broke" : "the server cannot be reached";
  return new ChatError("unavailable", reason || (REASONS[code] ?? broken));
}
