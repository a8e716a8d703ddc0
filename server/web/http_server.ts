import type { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { LIMITS } from "../../room/limits.ts";

/** What an HTTP server needs to know. */
export interface HttpServerOptions {
  /** The time that responses promise to clients that keep their connection, in milliseconds. */
  readonly keepAliveMs: number;
  /** Called for each request. */
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  /** Whether a request asks for a protocol that is spoken. Others are answered over HTTP/1.1. */
  readonly isUpgrade: (request: IncomingMessage) => boolean;
  /** Called for such a request, with what came after it. The socket is no longer read here. */
  readonly onUpgrade: (request: IncomingMessage, socket: Socket, head: Buffer) => void;
  /** Called when a peer sends something else than HTTP/1.1. No more input is read then. */
  readonly onMalformed: (socket: Socket, isTooLarge: boolean) => void;
}

/** The code of the parser's error for headers that are too large. */
const OVERFLOW = "HPE_HEADER_OVERFLOW";

/**
 * Node's HTTP server without a port of its own: connections are handed to it. All timeouts are those
 * of the connections, since Deno starts the server's own ones only when it listens.
 */
export class HttpServer {
  readonly #server: Server;
  #isDraining = false;

  constructor({ keepAliveMs, onRequest, isUpgrade, onUpgrade, onMalformed }: HttpServerOptions) {
    this.#server = createServer({
      ...{ headersTimeout: 0, requestTimeout: 0 },
      keepAliveTimeout: Math.ceil(keepAliveMs), // Node accepts integers only.
      maxHeaderSize: LIMITS.headerBytes,
      shouldUpgradeCallback: isUpgrade,
      requireHostHeader: false, // Its answer would not be ours.
    });
    // One more than allowed, so that too many are noticed: Node drops the others.
    this.#server.maxHeadersCount = LIMITS.requestFields + 1;
    this.#server.on("request", onRequest);
    this.#server.on("checkContinue", onRequest); // See `readBody()`.
    this.#server.on("checkExpectation", onRequest); // Unknown expectations may be ignored.
    this.#server.on("upgrade", onUpgrade);
    this.#server.on("clientError", (error: Error & { readonly code?: string }, socket) => {
      if (error.code?.startsWith("HPE_")) onMalformed(socket as Socket, error.code === OVERFLOW);
      else socket.destroy(); // The peer broke off.
    });
    // Deno closes a connection after its first response if the server does not listen (2.9.6).
    Object.defineProperty(this.#server, "listening", { get: () => !this.#isDraining });
  }

  /** Serves a connection. */
  accept(socket: Socket): void {
    bypassNoEvents(socket);
    this.#server.emit("connection", socket);
    socket.resume(); // Deno's HTTP server expects a socket that flows.
  }

  /** Closes the connections without a request, and the others after their responses. */
  drain(): void {
    this.#isDraining = true;
    this.#server.closeIdleConnections();
  }

  /** Closes all connections. */
  close(): void {
    this.#server.closeAllConnections();
  }
}

/**
 * Makes the HTTP parser read a socket by its `data` events, by which connections are metered. Deno's
 * parser would take the input from below them, unless somebody else has done so already (2.9.6).
 */
function bypassNoEvents(socket: Socket): void {
  const { _handle: handle } = socket as { readonly _handle?: { _consumed?: boolean } };
  if (handle) handle._consumed = true;
}
