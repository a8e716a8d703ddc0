import type { Connections, ConnectionsOptions } from "../net/connections.ts";
import type { SessionOptions } from "../session/peer.ts";
import type { ServeBackupOptions } from "../session/serve_backup.ts";
import type { ServerTls } from "../tls/choose.ts";
import type { Health } from "./health.ts";
import type { OpenCalls } from "./open_calls.ts";

/** What the edge serves, and within which bounds. */
export interface GrpcOptions
  extends SessionOptions, ServeBackupOptions, Omit<ConnectionsOptions, "now"> {
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
  /** Whether it takes work: connections come in, notes can be kept, and it is not stopping. */
  readonly isServing: boolean;
  /** Says from now on whether notes can be kept: it is not fit for work without. */
  setCanStore(canStore: boolean): void;
  /**
   * Stops: tells those who watch its health, accepts nothing new, ends the open calls by telling
   * them to try again, and closes the connections that are still there after `graceMs` milliseconds.
   */
  stop(graceMs: number): Promise<void>;
}

/** What all calls share. */
export interface RpcContext extends GrpcOptions {
  readonly calls: OpenCalls;
  readonly connections: Connections;
  readonly health: Health;
}
