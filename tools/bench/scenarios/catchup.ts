import { fileURLToPath } from "node:url";
import { DENO_RUN } from "../../build/project.ts";
import { BenchClients } from "../support/clients.ts";
import {
  formatValue,
  type Measurement,
  median,
  percentile,
  type Scenario,
} from "../support/measurement.ts";
import { CORES, coreUse, startOurs } from "../support/server.ts";
import { after, Stopwatch } from "./latency.ts";

const [HISTORY_NOTES, LIVE_READERS, RATE, SECONDS] = [100_000, 10, 200, 3] as const;
const TARGETS = { rate: 200_000, slowdown: 2 } as const;

/** A late reader reads the whole history from SQLite while others keep talking. */
export const catchup: Scenario = async ({ repeat }) => {
  await using server = await startOurs("SQLite");
  using clients = await BenchClients.join(server.address, LIVE_READERS);
  const stopwatch = new Stopwatch(clients);
  await clients.burst(HISTORY_NOTES);
  await stopwatch.time(RATE, after(1));
  await using late = startLateReader(server.address);
  const readHistory = () => late.read(clients.author.posted);
  await readHistory(); // Warms up.

  const rates: number[] = [];
  const before: number[][] = [];
  const during: number[][] = [];
  const cores = await coreUse(server, async () => {
    while (rates.length < repeat) {
      before.push(await stopwatch.time(RATE, after(SECONDS)));
      let done = false;
      const timing = stopwatch.time(RATE, () => done);
      // Several passes in a row: a single one is too short for percentiles.
      const alone: number[] = [];
      const long = after(SECONDS);
      while (!long()) alone.push(await readHistory());
      rates.push(median(alone));
      done = true;
      during.push(await timing);
    }
  });
  const p99 = (runs: number[][]) => runs.map((took) => percentile(took, 0.99));
  const live = `${LIVE_READERS} live readers, ${RATE} notes/s`;
  const quiet = median(p99(before));
  const figures: Measurement[] = [
    {
      name: `catch-up, SQLite, ${HISTORY_NOTES.toLocaleString("en")} notes, 1 late reader`,
      runs: rates,
      unit: "notes/s",
      target: { atLeast: TARGETS.rate },
      cores,
    },
    { name: `${live}, p99 before`, runs: p99(before), unit: "ms" },
    {
      name: `${live}, p99 while one catches up`,
      runs: p99(during),
      unit: "ms",
      target: { atMost: Math.round(quiet * TARGETS.slowdown * 100) / 100 },
      beside: `${formatValue(median(p99(during)) / quiet)} × that before`,
    },
  ];
  return figures;
};

/** Starts the late reader; each call of `read` is one pass over the history. */
function startLateReader(address: string) {
  const program = fileURLToPath(new URL("../support/late_reader.ts", import.meta.url));
  const child = new Deno.Command("taskset", {
    args: [
      // Last in its core's run queue after the live readers: in production it would not share their
      // core.
      ...["-c", `${CORES.load}`, "nice", "-n", "19"],
      ...DENO_RUN,
      ...["--allow-net=127.0.0.1", "--ignore-env", program, address],
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const orders = child.stdin.getWriter();
  const answers = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  return {
    /** Joins, reads up to position `newest`, and leaves. Returns the notes per second. */
    async read(newest: number): Promise<number> {
      await orders.write(new TextEncoder().encode(`${newest}\n`));
      const { value } = await answers.read();
      if (!value) throw new Error("the late reader ended");
      return Number(value);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await orders.close();
      await answers.cancel();
      await child.status;
    },
  };
}
