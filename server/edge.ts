import type { Connections, ConnectionsOptions } from "./connections.ts";
import type { Health } from "./health.ts";
import type { NetworkPaces } from "./network_paces.ts";
import type { OpenCalls } from "./open_calls.ts";
import type { BackupOptions } from "./serve_backup.ts";
import type { SessionOptions } from "./session_peer.ts";
import type { ServerTls } from "./tls.ts";

/** What the edge serves, and within which bounds. */
export interface GrpcOptions
  extends SessionOptions, BackupOptions, Omit<ConnectionsOptions, "now"> {
  /** Where to listen: `HOST:PORT` (port 0 picks a free one) or `unix:PATH`. */
  readonly address: string;
  /** Who gets to a Unix socket, as of chmod. Default: its owner. */
  readonly socketMode?: number | undefined;
  /** With what to encrypt. Default: plaintext. */
  readonly tls?: ServerTls | undefined;
}

/** A listening gRPC server. */
export interface GrpcServer {
  /** Where it listens, with the port that was picked. */
  readonly address: string;
  /** Whether it takes work: connections come in, and it is not stopping. */
  readonly isServing: boolean;
  /**
   * Stops: tells those who watch its health, accepts nothing new, ends the open calls by telling
   * them to try again, and closes the connections that are still there after `graceMs` milliseconds.
   */
  stop(graceMs: number): Promise<void>;
}

/** What all calls share. */
export interface Edge extends GrpcOptions {
  readonly calls: OpenCalls;
  readonly connections: Connections;
  /** How fast those may post who have no session. */
  readonly paces: NetworkPaces;
  readonly health: Health;
}
