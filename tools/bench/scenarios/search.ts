import { BenchClients } from "../support/clients.ts";
import {
  formatValue,
  type Measurement,
  median,
  percentile,
  type Scenario,
} from "../support/measurement.ts";
import { Searcher, type SearchTimes } from "../support/searcher.ts";
import { coreUse, type LogKind, startOurs } from "../support/server.ts";
import { after, Stopwatch } from "./latency.ts";

const [NOTES, LIVE_READERS, RATE, SECONDS] = [1_000_000, 10, 200, 3] as const;
const TARGET_MS = 300;

/** Words, as the texts of the notes have their numbers: some are in many notes, some in few. */
const WORDS = { frequent: "42", rare: "77777", absent: "nowhere" } as const;

/** Searches of a million notes, and what they cost people who talk meanwhile. */
export const search: Scenario = async ({ repeat }) => {
  const figures: Measurement[] = [];
  for (const log of ["memory", "SQLite"] as const) figures.push(...await measure(log, repeat));
  return figures;
};

async function measure(log: LogKind, repeat: number): Promise<Measurement[]> {
  await using server = await startOurs(log, ["--keep", `${2 * NOTES}`]);
  using clients = await BenchClients.join(server.address, LIVE_READERS);
  await clients.burst(NOTES);
  using searcher = await Searcher.join(server.address);
  using pinger = await Searcher.join(server.address);
  const what = `search, ${log}, ${NOTES.toLocaleString("en")} notes`;
  const figures: Measurement[] = [];
  for (const [kind, word] of Object.entries(WORDS)) {
    await searcher.search(word); // Warms up.
    const runs: SearchTimes[] = [];
    const cores = await coreUse(server, async () => {
      while (runs.length < repeat) runs.push(await searcher.search(word));
    });
    const name = `${what}, ${kind} word`;
    const meanMs = runs.reduce((total, { lastMs }) => total + lastMs, 0) / runs.length;
    // It is the same on a busy machine.
    const beside = `${runs[0]!.found} found, ${formatValue(cores.server * meanMs)} ms of processor`;
    if (runs[0]!.found > 0) {
      const first = runs.map(({ firstMs }) => firstMs);
      figures.push({ name: `${name}, first note`, runs: first, unit: "ms" });
    }
    const target = { atMost: TARGET_MS };
    const last = runs.map(({ lastMs }) => lastMs);
    figures.push({ name: `${name}, end`, runs: last, unit: "ms", target, beside, cores });
  }
  const stopwatch = new Stopwatch(clients);
  await stopwatch.time(RATE, after(1));
  const before: number[][] = [];
  const during: number[][] = [];
  const pings: number[] = [];
  while (during.length < repeat) {
    before.push(await stopwatch.time(RATE, after(SECONDS)));
    const isOver = after(SECONDS);
    const searching = repeatUntil(isOver, () => searcher.search(WORDS.absent));
    const pinging = repeatUntil(isOver, async () => pings.push(await pinger.ping()));
    during.push(await stopwatch.time(RATE, isOver));
    await Promise.all([searching, pinging]);
  }
  const p99 = (runs: number[][]) => runs.map((took) => percentile(took, 0.99));
  const live = `${LIVE_READERS} live readers, ${log}, ${RATE} notes/s`;
  return [
    ...figures,
    { name: `${live}, p99 before`, runs: p99(before), unit: "ms" },
    {
      name: `${live}, p99 while one searches`,
      runs: p99(during),
      unit: "ms",
      beside: `${formatValue(median(p99(during)) / median(p99(before)))} × that before; ` +
        `list_rooms p99 ${formatValue(percentile(pings, 0.99))} ms, ` +
        `longest ${formatValue(Math.max(...pings))} ms`,
    },
  ];
}

async function repeatUntil(isOver: () => boolean, task: () => Promise<unknown>): Promise<void> {
  while (!isOver()) await task();
}
