import type { Buffer } from "node:buffer";
import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { CallContext } from "../calls/context.ts";
import { refuse } from "../events/refusal.ts";
import type { Connection } from "../net/connection.ts";
import { HEADERS } from "./answer.ts";
import { checkMessage } from "./check_message.ts";
import type { Exchange } from "./exchange.ts";
import {
  answerError,
  errorOf,
  methodError,
  missingPageError,
  UnreportedError,
} from "./http_error.ts";
import { HttpServer } from "./http_server.ts";
import { checkOwnHost, type OwnHostOptions } from "./own_host.ts";
import { findRoute, SESSION_PATH } from "./routes.ts";
import type { WebSockets } from "./web_sockets.ts";

/** The options of the web. */
export type WebOptions = Pick<OwnHostOptions, "hosts">;

/** A request that no page of somebody else has made. */
type AdmittedRequest = Pick<Exchange, "url" | "origin" | "connection" | "address">;

/** The origin to read targets with. Nobody asks for it. */
const BASE = "http://localhost";

/** The answer to what is no request: a status line is all that such a peer may understand. */
const BAD_REQUEST = "400 Bad Request";
const TOO_LARGE = "431 Request Header Fields Too Large";

/** The reason to cut a connection whose next request would have to be kept. */
const IMPATIENT = "it sent more than a request before the answer to its last one";

/** A connection of the web. */
interface WebConnection {
  readonly connection: Connection;
  /** The number of requests that are not served yet. */
  requests: number;
  /** Resolves when all of them have been served. */
  served: Promise<void>;
}

/** The side of a server that speaks HTTP/1.1. It does not listen: connections are handed to it. */
export class WebDoor {
  readonly #options: OwnHostOptions;
  readonly #context: CallContext;
  readonly #server: HttpServer;
  readonly #connections = new WeakMap<Socket, WebConnection>();
  /** Loaded for the first WebSocket: few servers have one as soon as they start. */
  #webSockets: Promise<WebSockets> | undefined;

  constructor(options: OwnHostOptions, context: CallContext) {
    this.#options = options;
    this.#context = context;
    this.#server = new HttpServer({
      keepAliveMs: context.services.bounds.idleTimeoutMs,
      onRequest: (request, response) => this.#receive(request, response),
      isUpgrade: isWebSocket,
      onUpgrade: (request, socket, head) => void this.#upgrade(request, socket, head),
      onMalformed: (socket, isTooLarge) => this.#refuseBytes(socket, isTooLarge),
    });
  }

  /** Serves a connection. */
  accept(socket: Socket, connection: Connection): void {
    this.#connections.set(socket, { connection, requests: 0, served: Promise.resolve() });
    this.#server.accept(socket);
  }

  /** Closes the connections without a request. The others close after their answers. */
  drain(): void {
    this.#server.drain();
  }

  /** Ends what is left. */
  close(): void {
    this.#server.close();
  }

  /** Cuts a connection for what is no request, with an answer unless it would be misattributed. */
  #refuseBytes(socket: Socket, isTooLarge: boolean): void {
    const open = this.#connections.get(socket);
    const status = isTooLarge ? TOO_LARGE : BAD_REQUEST;
    if (open?.requests === 0) {
      socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    }
    open?.connection.refuseProtocol(
      isTooLarge ? "its headers are too large" : "it speaks neither HTTP/2 nor HTTP/1.1",
    );
  }

  /**
   * Serves the requests of a connection one after the other, also if they arrive together: their
   * responses are sent in this order, and would have to be kept until then.
   */
  #receive(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const open = this.#connections.get(socket);
    if (!open) return void response.destroy();
    response.on("error", () => {}); // The peer broke off, which the signal of the exchange says.
    const { connection } = open;
    connection.recordRequest(headerBytes(request));
    if (open.requests > 0 && hasBody(request)) {
      return connection.refuseProtocol(IMPATIENT);
    }
    open.requests++;
    open.served = open.served.then(async () => {
      if (connection.isOver || socket.destroyed) response.destroy();
      else await this.#serve(request, response, connection);
      open.requests--;
    });
  }

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
    connection: Connection,
  ): Promise<void> {
    using _open = connection.openCall();
    await this.#answer(request, response, connection, async (admitted) => {
      const route = findRoute(admitted.url.pathname);
      if (!route) throw missingPageError();
      const serve = route.methods[request.method ?? ""];
      if (!serve) throw methodError(Object.keys(route.methods));
      const signal = this.#context.calls.open({
        on: (_event, listener) => response.on("close", listener),
      });
      const { parts } = route;
      await serve({ ...admitted, request, response, parts, signal, context: this.#context });
    });
    // The rest of its body is dropped: the next request comes after it, and closing the connection
    // instead might reset it before its peer has read the answer.
    request.resume();
  }

  /** Accepts a WebSocket. */
  async #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const open = this.#connections.get(socket);
    if (!open) return void socket.destroy();
    const { connection, requests } = open;
    connection.recordRequest(headerBytes(request));
    if (requests > 0) return connection.refuseProtocol(IMPATIENT);
    const response = new ServerResponse(request); // For an error.
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.once("finish", () => socket.end());
    await this.#answer(request, response, connection, async (admitted) => {
      const webSockets = await (this.#webSockets ??= this.#loadWebSockets());
      connection.upgrade();
      webSockets.accept({ ...admitted, request, socket, head });
      response.detachSocket(socket);
    });
  }

  async #loadWebSockets(): Promise<WebSockets> {
    const { WebSockets } = await import("./web_sockets.ts");
    return new WebSockets(this.#context);
  }

  /** Lets `serve` answer a request, unless a page of somebody else has made it. */
  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    connection: Connection,
    serve: (request: AdmittedRequest) => Promise<void>,
  ): Promise<void> {
    const address = request.socket.remoteAddress ?? "";
    try {
      response.setHeaders(new Map(Object.entries(HEADERS)));
      connection.checkNotCut();
      const { shouldKeepAlive } = response;
      response.shouldKeepAlive = false; // What follows a message that may be misread is not trusted.
      checkMessage(request);
      response.shouldKeepAlive = shouldKeepAlive;
      const origin = checkOwnHost(request, this.#options);
      await serve({ connection, origin, address, url: new URL(`${BASE}${request.url}`) });
    } catch (error) {
      if (!(error instanceof UnreportedError)) {
        refuse(error, { address }, this.#context.services.report);
      }
      answerError(response, errorOf(error));
    }
  }
}

/** Whether a request asks for a WebSocket. */
function isWebSocket({ method, url = "", headers }: IncomingMessage): boolean {
  return method === "GET" && headers.upgrade?.toLowerCase() === "websocket" &&
    url.split("?", 1)[0] === SESSION_PATH;
}

/** Whether a body follows, which would have to be kept until it is read. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
}

/** The size of the headers of a request, in bytes. */
function headerBytes({ url = "", rawHeaders }: IncomingMessage): number {
  return rawHeaders.reduce((bytes, text) => bytes + text.length, url.length);
}
