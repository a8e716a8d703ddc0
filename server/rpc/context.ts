import type { Connections } from "../net/connections.ts";
import type { SessionOptions } from "../session/peer.ts";
import type { Health } from "./health.ts";
import type { OpenCalls } from "./open_calls.ts";

/** The state shared by all calls. */
export interface RpcContext {
  readonly session: SessionOptions;
  readonly calls: OpenCalls;
  readonly connections: Connections;
  readonly health: Health;
}
