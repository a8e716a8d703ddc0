import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Report } from "../events/event.ts";
import { Acceptor } from "../net/acceptor.ts";
import type { Metric } from "./metric.ts";
import { prometheusText, TEXT_FORMAT } from "./prometheus.ts";

/** Options of a metrics server. */
export interface MetricsServerOptions {
  /** The address to listen on: `HOST:PORT` (port 0 picks a free one). */
  readonly address: string;
  /** The metrics that `/metrics` serves. */
  readonly metrics: readonly Metric[];
  /** Whether the chat is serving, for `/healthz`. */
  readonly isServing: () => boolean;
  /** The timeout for a request and for its answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Called for errors and outages. */
  readonly report: Report;
}

/** The maximum number of connections: monitoring needs few. */
const MAX_CONNECTIONS = 20;

/**
 * A small web server for monitoring: `/metrics` and `/healthz`. It uses `node:http`, since
 * `Deno.serve` limits neither connections nor their time.
 */
export class MetricsServer implements Disposable {
  readonly #acceptor: Acceptor;
  readonly #server: Server;

  private constructor(acceptor: Acceptor, server: Server) {
    this.#acceptor = acceptor;
    this.#server = server;
  }

  /** The address that it listens on, with the actual port. */
  get address(): string {
    return this.#acceptor.address;
  }

  /**
   * Starts listening.
   *
   * @throws {ChatError} `unavailable`, if the address cannot be listened on.
   */
  static async open(options: MetricsServerOptions): Promise<MetricsServer> {
    const { address, report } = options;
    const timeoutMs = Math.ceil(options.timeoutMs); // Node accepts integers only.
    const bounds = {
      headersTimeout: timeoutMs,
      requestTimeout: timeoutMs,
      keepAliveTimeout: timeoutMs,
      connectionsCheckingInterval: Math.ceil(timeoutMs / 4),
    };
    const server = createServer(bounds, (request, response) => {
      const { status, headers, text } = handleSafely(request, options);
      response.statusCode = status;
      response.setHeaders(new Headers(headers));
      response.end(text);
    });
    server.setTimeout(timeoutMs); // An idle timeout, for clients that do not read the answer.
    let connections = 0;
    const acceptor = await Acceptor.open({
      address,
      report,
      accept: (socket) => {
        socket.on("error", () => socket.destroy());
        if (connections >= MAX_CONNECTIONS) return void socket.destroy();
        connections++;
        socket.on("close", () => connections--);
        server.emit("connection", socket);
      },
    });
    return new MetricsServer(acceptor, server);
  }

  [Symbol.dispose](): void {
    this.#acceptor.close();
    this.#server.close(); // It never listened itself, but this ends its timeout checks.
    this.#server.closeAllConnections(); // Includes clients that have not sent a request yet.
  }
}

interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A failing metrics page must not take the chat down. */
function handleSafely(request: IncomingMessage, options: MetricsServerOptions): HttpResponse {
  try {
    return handleRequest(request, options);
  } catch (error) {
    options.report({ type: "error", error });
    return { status: 500, text: "internal error\n" };
  }
}

function handleRequest(
  { method, url = "" }: IncomingMessage,
  { metrics, isServing }: Pick<MetricsServerOptions, "metrics" | "isServing">,
): HttpResponse {
  if (method !== "GET" && method !== "HEAD") {
    return { status: 405, headers: { allow: "GET, HEAD" }, text: "only GET\n" };
  }
  switch (url.replace(/\?.*/s, "")) {
    case "/metrics":
      return {
        status: 200,
        headers: { "content-type": TEXT_FORMAT },
        text: prometheusText(metrics),
      };
    case "/healthz":
      return isServing()
        ? { status: 200, text: "ok\n" }
        : { status: 503, headers: { "retry-after": "1" }, text: "not serving\n" };
    default:
      return { status: 404, text: "not found: try /metrics or /healthz\n" };
  }
}
