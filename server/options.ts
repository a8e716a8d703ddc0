import type { BoundOptions } from "./bound_options.ts";
import type { ClusterOptions } from "./cluster_options.ts";
import type { ServerEvent } from "./events/event.ts";

/** The options of a server; its bounds are those of {@linkcode BoundOptions}. */
export interface ServeOptions extends BoundOptions {
  /**
   * The address to listen on: `HOST:PORT` (port 0 picks a free one) or `unix:PATH`. Default
   * `127.0.0.1:11912`.
   */
  address?: string | undefined;
  /**
   * The permissions of a Unix socket, as for chmod. Default `0o600`: only its owner may connect.
   */
  socketMode?: number | undefined;
  /**
   * The SQLite file that keeps the notes; created if missing. Default: notes are kept in memory.
   * With `cluster`, it is this server's replica of the notes that the engine keeps.
   */
  data?: string | undefined;
  /**
   * Shares the chat with other servers, through an engine that keeps the notes. With TLS it requires
   * `tlsCert` and `tlsKey`, the same on all servers. Default: this server has a chat of its own.
   */
  cluster?: ClusterOptions | undefined;
  /**
   * Whether to encrypt. Without, anyone on the network path can read and change messages. Default:
   * only if other machines can reach the address.
   */
  tls?: boolean | undefined;
  /**
   * The file of the server's certificate, in PEM. Default: the server creates one beside `data`.
   */
  tlsCert?: string | undefined;
  /** The file of the certificate's private key, in PEM. */
  tlsKey?: string | undefined;
  /** The file of the authorities whose clients alone may connect, in PEM. Default: all may. */
  clientCa?: string | undefined;
  /**
   * The keys that may join: each line has a public key in base64 or its fingerprint, and `#` starts
   * a comment. Default: everyone may join, with a key or without.
   */
  members?: string | undefined;
  /** The keys of operators, in the same format; they may join too. Default: there are none. */
  operators?: string | undefined;
  /** The password that everyone who is not in `members` needs to join. Default: none. */
  password?: string | undefined;
  /**
   * Whether browsers and programs may use the chat over HTTP/1.1, on the same port: a page at `/`,
   * and the calls of docs/http.md. Default true.
   */
  web?: boolean | undefined;
  /**
   * The host names by which browsers may reach the server, besides `localhost` and IP addresses.
   * Requests to other names are refused: they may come from a page of somebody else whose name was
   * made to point here.
   */
  webHosts?: readonly string[] | undefined;
  /**
   * The address for metrics for Prometheus and a health check over HTTP: `HOST:PORT` (port 0 picks a
   * free one). Anyone who can connect may read them. Default: nowhere.
   */
  metrics?: string | undefined;
  /**
   * Called for each event. Refusals and errors are reported at most once a second for each kind;
   * joins, leaves and slow readers at most 10 times a second for each network (200 at once).
   * Default: errors that are the server's own fault are printed to standard error.
   */
  onEvent?: ((event: ServerEvent) => void) | undefined;
}
