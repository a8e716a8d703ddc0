import type { Connections } from "../net/connections.ts";
import type { ChatServices } from "../session/services.ts";
import type { Health } from "./health.ts";
import type { OpenCalls } from "./open_calls.ts";

/** The state shared by all calls, over gRPC and over the web. */
export interface CallContext {
  readonly services: ChatServices;
  readonly calls: OpenCalls;
  readonly connections: Connections;
  readonly health: Health;
}
