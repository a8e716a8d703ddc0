import { BenchClients } from "../support/clients.ts";
import { startClusterServer } from "../support/cluster_servers.ts";
import { type Engine, ENGINES, nameOf, startEngine } from "../support/engine.ts";
import {
  type CoreUse,
  formatValue,
  meanUse,
  type Measurement,
  median,
  type Scenario,
} from "../support/measurement.ts";
import { CORES, coreUse, type MeasuredServer, startOurs } from "../support/server.ts";

const [READERS, NOTES, WARM_UP_NOTES] = [100, 60_000, 20_000] as const;

/** The least fan-out of a server of a shared chat, relative to one on SQLite. */
const SHARE = 0.95;

/** Where the author is. */
const PLACES = ["same", "another"] as const;

/** One run. */
interface Run {
  /** Deliveries per second of the processor time of the readers' server. */
  readonly perCore: number;
  /** Deliveries per second. */
  readonly rate: number;
  readonly cores: CoreUse;
}

/** One hundred readers on a server that shares its chat, next to one on SQLite, by turns. */
export const clusterFanout: Scenario = async ({ repeat }) => {
  const all = new Map<string, Run[]>();
  const add = (name: string, run: Run) => void all.set(name, [...all.get(name) ?? [], run]);
  for (let run = 0; run < repeat; run++) {
    add("SQLite", await onSqlite());
    for (const kind of ENGINES) {
      if (kind.sync === "always") continue; // Readers do not wait for it.
      await using engine = await startEngine(kind, CORES.load);
      for (const place of PLACES) {
        add(`${nameOf(kind)}, author on ${place} server`, await onEngine(engine, place));
      }
    }
  }
  const alone = median(all.get("SQLite")!.map(({ perCore }) => perCore));
  return [...all].map(([name, runs]) => figureOf(name, runs, alone));
};

async function onSqlite(): Promise<Run> {
  await using server = await startOurs("SQLite");
  return await measure(server, server);
}

/** Everything but the readers' server shares the core of the load. */
async function onEngine(engine: Engine, place: typeof PLACES[number]): Promise<Run> {
  const chat = { engine, chat: place };
  await using server = await startClusterServer(chat);
  if (place === "same") return await measure(server, server);
  await using author = await startClusterServer({ ...chat, core: CORES.load });
  return await measure(server, author);
}

async function measure(readers: MeasuredServer, author: MeasuredServer): Promise<Run> {
  using clients = await BenchClients.join(readers.address, READERS, false, author.address);
  await clients.burst(WARM_UP_NOTES);
  let rate = 0;
  const cores = await coreUse(readers, async () => {
    rate = NOTES * READERS / await clients.burst(NOTES);
  });
  return { perCore: rate / cores.server, rate, cores };
}

function figureOf(name: string, runs: readonly Run[], alone: number): Measurement {
  const perCore = runs.map(({ perCore }) => perCore);
  const rate = formatValue(median(runs.map(({ rate }) => rate)));
  const share = formatValue(100 * median(perCore) / alone);
  const isAlone = name === "SQLite";
  return {
    name: `fan-out, ${READERS} readers on a server, ${name}`,
    runs: perCore,
    unit: "deliveries/core-s",
    ...(!isAlone && { target: { atLeast: Math.round(alone * SHARE) } }),
    cores: meanUse(runs.map(({ cores }) => cores)),
    beside: `${rate} deliveries/s${isAlone ? "" : `, ${share} % of that on SQLite per core`}`,
  };
}
