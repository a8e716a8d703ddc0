import { cannotListen, splitAddress } from "./listen_address.ts";
import type { Metric } from "./metric.ts";
import { prometheusText, TEXT_FORMAT } from "./prometheus.ts";

/** What the page tells. */
export interface MetricsPageOptions {
  /** Where to listen: `HOST:PORT` (port 0 picks a free one). */
  readonly address: string;
  /** What `/metrics` has. */
  readonly metrics: readonly Metric[];
  /** Whether the chat is served: what `/healthz` says. */
  readonly isServing: () => boolean;
}

/** A small web server for those who watch over the chat: `/metrics` and `/healthz`. */
export class MetricsPage implements AsyncDisposable {
  /** Where it listens, with the port that was picked. */
  readonly address: string;
  readonly #server: Deno.HttpServer;
  readonly #closing: AbortController;

  private constructor(address: string, server: Deno.HttpServer, closing: AbortController) {
    this.address = address;
    this.#server = server;
    this.#closing = closing;
  }

  /**
   * Starts to listen.
   *
   * @throws {ChatError} `unavailable`, if the address cannot be listened on.
   */
  static open({ address, metrics, isServing }: MetricsPageOptions): MetricsPage {
    const { host: hostname, port } = splitAddress(address);
    const closing = new AbortController();
    const answer = (request: Request) => respond(request, { metrics, isServing });
    try {
      const onListen = () => {}; // Without it Deno writes to standard output.
      const { signal } = closing;
      const server = Deno.serve({ hostname, port, signal, onListen }, answer);
      const picked = address.replace(/\d+$/, `${(server.addr as Deno.NetAddr).port}`); // It is TCP.
      return new MetricsPage(picked, server, closing);
    } catch (cause) {
      throw cannotListen(address, cause);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Not by `shutdown()`, which waits for whoever is slow to ask.
    this.#closing.abort();
    await this.#server.finished;
  }
}

function respond(
  request: Request,
  { metrics, isServing }: Pick<MetricsPageOptions, "metrics" | "isServing">,
): Response {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return new Response("only GET\n", { status: 405, headers: { allow: "GET, HEAD" } });
  }
  switch (new URL(request.url).pathname) {
    case "/metrics":
      return new Response(prometheusText(metrics), { headers: { "content-type": TEXT_FORMAT } });
    case "/healthz":
      return isServing()
        ? new Response("ok\n")
        : new Response("not serving\n", { status: 503, headers: { "retry-after": "1" } });
    default:
      return new Response("there are /metrics and /healthz\n", { status: 404 });
  }
}
