import type { IncomingMessage, ServerResponse } from "node:http";
import type { CallContext } from "../calls/context.ts";
import type { Connection } from "../net/connection.ts";

/** A request, its response, and what they belong to. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** The parts of the path that vary, decoded. */
  readonly parts: readonly string[];
  /** The origin of the page that makes the request, which is our own; undefined for a program. */
  readonly origin: string | undefined;
  readonly connection: Connection;
  /** The address of the peer, without a port. */
  readonly address: string;
  /** Aborted when the peer leaves, or when the server stops. */
  readonly signal: AbortSignal;
  readonly context: CallContext;
}
