import { BenchClients } from "../support/clients.ts";
import { type Measurement, percentile, type Scenario } from "../support/measurement.ts";
import { coreUse, type LogKind, startOurs } from "../support/server.ts";

const [READERS, RATE, SECONDS] = [100, 1_000, 3] as const;
const WARM_UP_SECONDS = 2;

/** One author posts at a steady rate. Measures the time until a note reaches a reader. */
export const latency: Scenario = async ({ repeat }) => {
  const figures: Measurement[] = [];
  for (const log of ["memory", "SQLite"] as const) figures.push(...await measure(log, repeat));
  return figures;
};

/** Collects the time of each delivery, in milliseconds, while an author posts at a fixed rate. */
export class Stopwatch {
  readonly #sentAt: number[] = [];
  #took: number[] = [];

  /** Watches the readers. */
  constructor(readonly clients: BenchClients) {
    for (const reader of clients.readers) {
      reader.onNotes = (start, end) => {
        const now = performance.now();
        for (let seq = start; seq < end; seq++) {
          const sentAt = this.#sentAt[seq];
          if (sentAt !== undefined) this.#took.push(now - sentAt);
        }
      };
    }
  }

  /** Posts `rate` notes per second until `done` returns true, and returns the delivery times. */
  async time(rate: number, done: () => boolean): Promise<number[]> {
    const { author, readers } = this.clients;
    this.#took = [];
    await author.postAtRate(rate, done, (number) => this.#sentAt[number] = performance.now());
    await Promise.all(readers.map((reader) => reader.has(author.posted)));
    return this.#took;
  }
}

/** Returns true once `seconds` seconds have passed since this call. */
export function after(seconds: number): () => boolean {
  const end = performance.now() + seconds * 1_000;
  return () => performance.now() >= end;
}

async function measure(log: LogKind, repeat: number): Promise<Measurement[]> {
  await using server = await startOurs(log);
  using clients = await BenchClients.join(server.address, READERS);
  const stopwatch = new Stopwatch(clients);
  await stopwatch.time(RATE, after(WARM_UP_SECONDS));
  const runs: number[][] = [];
  const cores = await coreUse(server, async () => {
    while (runs.length < repeat) {
      const posted = clients.author.posted;
      const took = await stopwatch.time(RATE, after(SECONDS));
      const due = (clients.author.posted - posted) * READERS;
      if (took.length !== due) throw new Error(`timed ${took.length} deliveries of ${due}`);
      runs.push(took);
    }
  });
  return [50, 99, 99.9].map((p) => ({
    name: `latency, ${log}, ${READERS} readers, ${RATE.toLocaleString("en")} notes/s, p${p}`,
    runs: runs.map((took) => percentile(took, p / 100)),
    unit: "ms",
    cores,
  }));
}
