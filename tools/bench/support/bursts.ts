import { BenchClients } from "./clients.ts";
import type { CoreUse } from "./measurement.ts";
import { coreUse, type LogKind, startOurs } from "./server.ts";

/** The load and its target. */
export interface BurstOptions {
  readonly log: LogKind;
  /** The number of clients that read besides the author. */
  readonly readers: number;
  /** The number of notes that are posted in a run. */
  readonly notes: number;
  /** The number of runs. */
  readonly repeat: number;
  /** Whether the load uses TLS. Default: no. */
  readonly tls?: boolean;
}

/**
 * Measures runs in which one author posts as fast as acknowledgements allow, on a server of their
 * own, after one warm-up run. Returns the notes per second that reached every reader in each run.
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
