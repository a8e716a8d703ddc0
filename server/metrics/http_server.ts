import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Report } from "../events/event.ts";
import { Acceptor } from "../net/acceptor.ts";
import type { Metric } from "./metric.ts";
import { prometheusText, TEXT_FORMAT } from "./prometheus.ts";

/** What the page tells. */
export interface MetricsServerOptions {
  /** Where to listen: `HOST:PORT` (port 0 picks a free one). */
  readonly address: string;
  /** What `/metrics` has. */
  readonly metrics: readonly Metric[];
  /** Whether the chat is served: what `/healthz` says. */
  readonly isServing: () => boolean;
  /** How long a connection may take to ask, and to take the answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Hears of what goes wrong here. */
  readonly report: Report;
}

/** How many may ask at once: those who watch over a server are few. */
const MAX_CONNECTIONS = 20;

/**
 * A small web server for those who watch over the chat: `/metrics` and `/healthz`. By `node:http`,
 * as `Deno.serve` bounds neither connections nor the time that they take.
 */
export class MetricsServer implements Disposable {
  readonly #acceptor: Acceptor;
  readonly #server: Server;

  private constructor(acceptor: Acceptor, server: Server) {
    this.#acceptor = acceptor;
    this.#server = server;
  }

  /** Where it listens, with the port that was picked. */
  get address(): string {
    return this.#acceptor.address;
  }

  /**
   * Starts to listen.
   *
   * @throws {ChatError} `unavailable`, if the address cannot be listened on.
   */
  static async open(options: MetricsServerOptions): Promise<MetricsServer> {
    const { address, report } = options;
    const timeoutMs = Math.ceil(options.timeoutMs); // Node takes whole ones only.
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
    server.setTimeout(timeoutMs); // Of silence: it may be that nobody takes the answer.
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
    this.#server.close(); // It listens nowhere, but looks for those who are late.
    this.#server.closeAllConnections(); // And waits for nobody who is slow to ask.
  }
}

/** What the page says to a request. */
interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What is wrong with the page is to be no end of the chat. */
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
      return { status: 404, text: "there are /metrics and /healthz\n" };
  }
}
