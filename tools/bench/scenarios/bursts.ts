import { Crowd } from "../support/crowd.ts";
import type { CoreUse } from "../support/figure.ts";
import { coreUse, type LogKind, startOurs } from "../support/server.ts";

/** What is rushed, and where to. */
export interface RushOptions {
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
export async function rushes(
  { log, readers, notes, repeat, tls = false }: RushOptions,
): Promise<{ runs: number[]; cores: CoreUse }> {
  await using server = await startOurs(log, tls ? ["--tls"] : []);
  using crowd = await Crowd.join(server.address, readers, tls);
  await crowd.rush(notes); // Warms up.
  const runs: number[] = [];
  const cores = await coreUse(server, async () => {
    while (runs.length < repeat) runs.push(notes / await crowd.rush(notes));
  });
  return { runs, cores };
}
