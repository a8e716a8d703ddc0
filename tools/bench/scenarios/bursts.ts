import { BenchClients } from "../support/clients.ts";
import type { CoreUse } from "../support/measurement.ts";
import { coreUse, type LogKind, startOurs } from "../support/server.ts";

/** What is rushed, and where to. */
export interface BurstOptions {
  readonly log: LogKind;
  /** How many read besides the author. */
  readonly readers: number;
  /** How many notes a run has. */
  readonly notes: number;
  /** How many runs there are. */
  readonly repeat: number;
  /** Whether it goes over TLS. Default: no. */
  readonly tls?: boolean;
}

/**
 * Runs in which one author posts as fast as the answers allow, on a server of their own and behind
 * one to warm up: how many notes a second got to everybody in each.
 */
export async function runBursts(
  { log, readers, notes, repeat, tls = false }: BurstOptions,
): Promise<{ runs: number[]; cores: CoreUse }> {
  await using server = await startOurs(log, tls ? ["--tls"] : []);
  using clients = await BenchClients.join(server.address, readers, tls);
  await clients.burst(notes); // Warms up.
  const runs: number[] = [];
  const cores = await coreUse(server, async () => {
    while (runs.length < repeat) runs.push(notes / await clients.burst(notes));
  });
  return { runs, cores };
}
