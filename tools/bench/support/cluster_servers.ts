import { freePort } from "../../../tests/support/program.ts";
import { type Engine, sum } from "./engine.ts";
import { CORES, type MeasuredServer, startServe } from "./server.ts";

/** A server of a shared chat. */
export interface ClusterServer extends MeasuredServer {
  /** The number of its appends that came after another server's, and were repeated. */
  conflicts(): Promise<number>;
}

/** How a server shares a chat. */
export interface ClusterServerOptions {
  readonly engine: Engine;
  /** The name of the chat on the engine. */
  readonly chat: string;
  /** The SQLite file of its replica. Default: it is in memory. */
  readonly data?: string;
  /** Its core. Default: the one for servers. */
  readonly core?: number;
  /** The signal that stops it. Default: SIGKILL. */
  readonly endBy?: Deno.Signal;
}

/** Starts a server of a shared chat. */
export async function startClusterServer(
  { engine, chat, data = ":memory:", core = CORES.server, endBy }: ClusterServerOptions,
): Promise<ClusterServer> {
  const metrics = `127.0.0.1:${freePort()}`;
  const server = await startServe(
    ["--data", data, "--cluster", engine.urls, "--cluster-name", chat, "--metrics", metrics],
    { cores: [core], ...(endBy && { endBy }) },
  );
  return { ...server, conflicts: () => readCounter(metrics, "chat_engine_conflicts_total") };
}

async function readCounter(address: string, name: string): Promise<number> {
  const page = await (await fetch(`http://${address}/metrics`)).text();
  const value = new RegExp(`^${name} (\\d+)$`, "m").exec(page)?.[1];
  if (value === undefined) throw new Error(`There is no ${name} among the metrics`);
  return Number(value);
}

/** Returns the number of conflicts of several servers. */
export function conflictsOf(servers: readonly ClusterServer[]): Promise<number> {
  return sum(servers.map((server) => server.conflicts()));
}
