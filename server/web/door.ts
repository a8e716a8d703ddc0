import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { ChatError } from "../../room/errors.ts";
import { LIMITS } from "../../room/limits.ts";
import type { CallContext } from "../calls/context.ts";
import { refuse } from "../events/refusal.ts";
import type { Connection } from "../net/connection.ts";
import { answerError, errorOf, methodError, SessionError, toHttpError } from "./http_error.ts";
import { checkOwnHost, type OwnHostOptions } from "./own_host.ts";
import { findRoute } from "./routes.ts";

/** The options of the web. */
export type WebOptions = Pick<OwnHostOptions, "hosts">;

/** Headers of all responses: what they contain is for programs, or for our own page. */
const HEADERS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
};

/** The beginning of addresses without a host, which does not matter. */
const BASE = "http://localhost";

/**
 * Parses the target of a request.
 *
 * @throws {ChatError} `invalid`, if it is not a URL.
 */
function parseUrl(target: string): URL {
  const url = URL.parse(target.startsWith("/") ? `${BASE}${target}` : target);
  if (!url) throw new ChatError("invalid", "The target of the request is not a URL");
  return url;
}

/** Whether the error is that a peer sent something else than HTTP/1.1, or too many headers. */
function isParseError({ code }: NodeJS.ErrnoException): boolean {
  return code?.startsWith("HPE_") ?? false;
}

/** The side of a server that speaks HTTP/1.1. It does not listen: connections are handed to it. */
export class WebDoor {
  readonly #options: OwnHostOptions;
  readonly #context: CallContext;
  readonly #server: Server;
  /** The connections of the open sockets. */
  readonly #connections = new WeakMap<Socket, Connection>();
  #isDraining = false;

  constructor(options: OwnHostOptions, context: CallContext) {
    this.#options = options;
    this.#context = context;
    const { bounds: { joinTimeoutMs, idleTimeoutMs } } = context.services;
    // Node accepts integers only. The connection's own timeouts hold besides.
    const timeoutMs = Math.ceil(joinTimeoutMs);
    this.#server = createServer({
      headersTimeout: timeoutMs,
      requestTimeout: 0, // The body has a timeout of its own; the answer may last.
      keepAliveTimeout: Math.ceil(idleTimeoutMs),
      connectionsCheckingInterval: Math.ceil(timeoutMs / 4),
      maxHeaderSize: LIMITS.headerBytes,
      requireHostHeader: false, // It is required below, with words.
    });
    const handle = (request: IncomingMessage, response: ServerResponse) =>
      void this.#handle(request, response);
    this.#server.on("request", handle);
    this.#server.on("checkContinue", handle); // See `readBody()`.
    this.#server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
      const connection = this.#connections.get(socket as Socket);
      if (isParseError(error)) connection?.refuseProtocol("it speaks neither HTTP/2 nor HTTP/1.1");
      else socket.destroy(); // It is gone, or was too slow.
    });
    // Deno closes each connection of a server that does not listen after its first answer.
    Object.defineProperty(this.#server, "listening", { get: () => !this.#isDraining });
  }

  /** Serves a connection. */
  accept(socket: Socket, connection: Connection): void {
    this.#connections.set(socket, connection);
    this.#server.emit("connection", socket);
    socket.resume(); // Deno's HTTP server expects a socket that flows.
  }

  /** Closes the connections without a request. The others close after their answers. */
  drain(): void {
    this.#isDraining = true;
    this.#server.closeIdleConnections();
  }

  /** Ends what is left. */
  close(): void {
    this.#server.close(); // It never listened itself, but this ends its timeout checks.
    this.#server.closeAllConnections();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request;
    const address = socket.remoteAddress ?? "";
    const { calls, services: { report } } = this.#context;
    try {
      response.setHeaders(new Map(Object.entries(HEADERS)));
      const connection = this.#connections.get(socket);
      if (!connection) throw new ChatError("unavailable", "The connection is gone");
      connection.recordRequest();
      connection.checkOpen();
      using _open = connection.openSession();
      if (request.headersDistinct.host?.length !== 1) {
        throw new ChatError("invalid", "A request must have one Host header");
      }
      const origin = checkOwnHost(request, this.#options);
      const url = parseUrl(request.url ?? "");
      const route = findRoute(url.pathname);
      if (!route) return answerError(response, toHttpError("missing", "There is no such page"));
      const serve = route.methods[request.method ?? ""];
      if (!serve) return answerError(response, methodError(Object.keys(route.methods)));
      const signal = calls.open({
        once: (_event, listener) => response.once("close", listener),
      });
      const { parts } = route;
      await serve({
        ...{ request, response, url, parts, origin, connection, address, signal },
        context: this.#context,
      });
    } catch (error) {
      if (!(error instanceof SessionError)) refuse(error, { address }, report);
      answerError(response, errorOf(error));
    } finally {
      // The rest of its body is dropped: the next request comes after it, and closing the connection
      // instead might reset it before its peer has read the answer.
      request.resume();
    }
  }
}
