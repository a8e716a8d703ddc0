import type { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { ChatError } from "../../room/errors.ts";
import { LIMITS } from "../../room/limits.ts";
import type { CallContext } from "../calls/context.ts";
import { refuse } from "../events/refusal.ts";
import type { Connection } from "../net/connection.ts";
import type { Exchange } from "./exchange.ts";
import { answerError, errorOf, methodError, SessionError, toHttpError } from "./http_error.ts";
import { checkOwnHost, type OwnHostOptions } from "./own_host.ts";
import { findRoute, SESSION_PATH } from "./routes.ts";
import type { WebSockets } from "./web_socket.ts";

/** The options of the web. */
export type WebOptions = Pick<OwnHostOptions, "hosts">;

/** Headers of all responses: what they contain is for programs, or for our own page. */
const HEADERS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
};

/** A request that no page of somebody else has made. */
type AdmittedRequest = Pick<Exchange, "url" | "origin" | "connection" | "address">;

/** The base of relative addresses, whose host does not matter. */
const BASE = "http://localhost";

/** The side of a server that speaks HTTP/1.1. It does not listen: connections are handed to it. */
export class WebDoor {
  readonly #options: OwnHostOptions;
  readonly #context: CallContext;
  readonly #server: Server;
  /** The connections of the open sockets. */
  readonly #connections = new WeakMap<Socket, Connection>();
  /** Loaded for the first WebSocket: few servers have one as soon as they start. */
  #webSockets: Promise<WebSockets> | undefined;

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
      shouldUpgradeCallback: isWebSocket,
    }, (request, response) => void this.#handle(request, response));
    this.#server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
      void this.#upgrade(request, socket, head);
    });
    this.#server.on("clientError", (_error, socket) => {
      this.#connections.get(socket as Socket)?.refuseProtocol(
        "it speaks neither HTTP/2 nor HTTP/1.1",
      );
    });
  }

  /** Serves a connection. */
  accept(socket: Socket, connection: Connection): void {
    this.#connections.set(socket, connection);
    this.#server.emit("connection", socket);
    socket.resume(); // Deno's HTTP server expects a socket that flows.
  }

  /** Closes the connections without a request. The others close after their answers. */
  drain(): void {
    this.#server.closeIdleConnections();
  }

  /** Ends what is left. */
  close(): void {
    this.#server.close(); // It never listened itself, but this ends its timeout checks.
    this.#server.closeAllConnections();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await this.#answer(request, response, async (admitted) => {
      const { url } = admitted;
      const route = findRoute(url.pathname);
      if (!route) return answerError(response, toHttpError("missing", "There is no such page"));
      const serve = route.methods[request.method ?? ""];
      if (!serve) return answerError(response, methodError(Object.keys(route.methods)));
      using _open = admitted.connection.openSession();
      const signal = this.#context.calls.open({
        once: (_event, listener) => response.once("close", listener),
      });
      const { parts } = route;
      await serve({ ...admitted, request, response, parts, signal, context: this.#context });
    });
  }

  /** Accepts a WebSocket. */
  async #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const response = new ServerResponse(request); // For an error.
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.once("finish", () => socket.end());
    await this.#answer(request, response, async (admitted) => {
      const webSockets = await (this.#webSockets ??= this.#loadWebSockets());
      webSockets.accept({ ...admitted, request, socket, head });
      response.detachSocket(socket);
    });
  }

  async #loadWebSockets(): Promise<WebSockets> {
    const { WebSockets } = await import("./web_socket.ts");
    return new WebSockets(this.#context);
  }

  /** Lets `serve` answer a request, unless a page of somebody else has made it. */
  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    serve: (request: AdmittedRequest) => void | Promise<void>,
  ): Promise<void> {
    const { socket } = request;
    const address = socket.remoteAddress ?? "";
    try {
      response.setHeaders(new Map(Object.entries(HEADERS)));
      const connection = this.#connections.get(socket);
      if (!connection) throw new ChatError("unavailable", "The connection is gone");
      connection.recordRequest();
      connection.checkNotCut();
      const origin = checkOwnHost(request, this.#options);
      await serve({ connection, origin, address, url: new URL(request.url ?? "", BASE) });
    } catch (error) {
      if (!(error instanceof SessionError)) {
        refuse(error, { address }, this.#context.services.report);
      }
      if (!request.complete) response.setHeader("connection", "close");
      answerError(response, errorOf(error));
    }
  }
}

/** Whether a request asks for a WebSocket. Requests for other protocols are answered over HTTP/1.1. */
function isWebSocket({ method, url, headers }: IncomingMessage): boolean {
  return method === "GET" && headers.upgrade?.toLowerCase() === "websocket" &&
    new URL(url ?? "", BASE).pathname === SESSION_PATH;
}
