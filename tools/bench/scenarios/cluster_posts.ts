import type { Burst } from "../support/author.ts";
import { Authors, type Times } from "../support/authors.ts";
import { BURST } from "../support/clients.ts";
import { type ClusterServer, conflictsOf, startClusterServer } from "../support/cluster_servers.ts";
import { type Engine, ENGINES, nameOf, startEngine, sum } from "../support/engine.ts";
import {
  type CoreUse,
  formatValue,
  meanUse,
  type Measurement,
  median,
  percentile,
  type Scenario,
} from "../support/measurement.ts";
import { CORES, coreUse, type MeasuredServer, startOurs } from "../support/server.ts";
import { after } from "./latency.ts";

const SERVERS = [1, 2, 3] as const;
/** The seconds of one run of each kind. */
const SECONDS = { warmUp: 1, burst: 1.2, settle: 0.5, steady: 4 } as const;
/** The notes per second of each author. */
const RATE = 100;

/** One batch at a time, and as in `posts`. */
const BURSTS: readonly Burst[] = [{ window: 256, frame: 256 }, BURST];

/** A run with as many notes as the authors can post. */
interface BurstRun {
  /** Acknowledged notes per second. */
  readonly rate: number;
  /** Conflicts per second. */
  readonly conflicts: number;
  readonly cores: CoreUse;
}

/** A run with notes at a steady rate. */
interface SteadyRun {
  readonly times: Times;
  /** Conflicts per second. */
  readonly conflicts: number;
  readonly cores: CoreUse;
}

/** The runs of one setup. */
interface Runs {
  /** One list for each of {@linkcode BURSTS}. */
  readonly bursts: readonly BurstRun[][];
  readonly steady: SteadyRun[];
}

/** What is measured: the servers' addresses, and what they use. */
interface Setup {
  readonly addresses: readonly string[];
  readonly conflicts: () => Promise<number>;
  readonly cpuSeconds: () => Promise<number>;
}

/** An author on each of one, two and three servers, next to one server on SQLite, by turns. */
export const clusterPosts: Scenario = async ({ repeat }) => {
  const all = new Map<string, Runs>();
  const measure = async (name: string, setup: Setup) => {
    const runs = all.get(name) ?? { bursts: BURSTS.map(() => []), steady: [] };
    all.set(name, runs);
    await measureOnce(setup, runs);
  };
  for (let run = 0; run < repeat; run++) {
    await onSqlite((setup) => measure("SQLite", setup));
    for (const kind of ENGINES) {
      await using engine = await startEngine(kind, CORES.server);
      for (const servers of SERVERS) {
        const name = `${nameOf(kind)}, ${servers} server${servers === 1 ? "" : "s"}`;
        await onEngine(engine, servers, (setup) => measure(name, setup));
      }
    }
  }
  return [...all].flatMap(([name, runs]) => figuresOf(name, runs));
};

async function onSqlite(measure: (setup: Setup) => Promise<void>): Promise<void> {
  await using server = await startOurs("SQLite");
  const conflicts = () => Promise.resolve(0);
  await measure({ addresses: [server.address], conflicts, cpuSeconds: server.cpuSeconds });
}

async function onEngine(
  engine: Engine,
  count: number,
  measure: (setup: Setup) => Promise<void>,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const servers: ClusterServer[] = [];
  while (servers.length < count) {
    servers.push(stack.use(await startClusterServer({ engine, chat: `chat${count}` })));
  }
  const processes: Pick<MeasuredServer, "cpuSeconds">[] = [engine, ...servers];
  await measure({
    addresses: servers.map(({ address }) => address),
    conflicts: () => conflictsOf(servers),
    cpuSeconds: () => sum(processes.map((process) => process.cpuSeconds())),
  });
}

/** Adds one run of each kind. */
async function measureOnce(setup: Setup, runs: Runs): Promise<void> {
  using authors = await Authors.join(setup.addresses);
  await authors.burst(after(SECONDS.warmUp), BURST);
  for (const [i, burst] of BURSTS.entries()) {
    let rate = 0;
    const used = await use(setup, async () => {
      rate = await authors.burst(after(SECONDS.burst), burst);
    });
    runs.bursts[i]!.push({ rate, ...used });
  }
  await authors.time(RATE, after(SECONDS.settle));
  let times: Times = { acks: [], deliveries: [] };
  const used = await use(setup, async () => {
    times = await authors.time(RATE, after(SECONDS.steady));
  });
  runs.steady.push({ times, ...used });
}

/** Runs `task`, and returns how busy it kept the cores, and the conflicts per second. */
async function use(
  setup: Setup,
  task: () => Promise<void>,
): Promise<{ cores: CoreUse; conflicts: number }> {
  const [before, start] = [await setup.conflicts(), performance.now()];
  const cores = await coreUse(setup, task);
  const seconds = (performance.now() - start) / 1_000;
  return { cores, conflicts: (await setup.conflicts() - before) / seconds };
}

function figuresOf(setup: string, { bursts, steady }: Runs): Measurement[] {
  const rates = bursts.map((runs, i): Measurement => ({
    name: `posts acknowledged, ${setup}, ${formatCount(BURSTS[i]!.window)} unanswered each`,
    runs: runs.map(({ rate }) => rate),
    unit: "posts/s",
    beside: conflicts(runs),
    cores: meanUse(runs.map(({ cores }) => cores)),
  }));
  const times = (["acks", "deliveries"] as const).map((kind): Measurement => {
    const p99 = median(steady.map(({ times }) => percentile(times[kind], 0.99)));
    return {
      name: `${WORDS[kind]}, ${setup}, ${RATE} notes/s each, p50`,
      runs: steady.map(({ times }) => percentile(times[kind], 0.5)),
      unit: "ms",
      beside: [`p99 ${formatValue(p99)} ms`, conflicts(steady)].filter(Boolean).join(", "),
      cores: meanUse(steady.map(({ cores }) => cores)),
    };
  });
  return [...rates, ...times];
}

const WORDS = { acks: "acknowledgement", deliveries: "delivery" } as const;

function conflicts(runs: readonly { readonly conflicts: number }[]): string {
  const rate = median(runs.map(({ conflicts }) => conflicts));
  return rate === 0 ? "" : `${formatValue(rate)} conflicts/s`;
}

function formatCount(count: number): string {
  return count.toLocaleString("en");
}
