import { formatValue, type Measurement, median, type Scenario } from "../support/measurement.ts";
import type { LogKind } from "../support/server.ts";
import { type BurstOptions, runBursts } from "../support/bursts.ts";

/** Readers → notes of one run: a second or so each. */
const SIZES: readonly (readonly [readers: number, notes: number])[] = [
  [1, 40_000],
  [10, 40_000],
  [100, 20_000],
  [1_000, 6_000],
];

const TARGETS: Readonly<Record<LogKind, number>> = { memory: 1_500_000, SQLite: 1_000_000 };

/** One author posts as fast as acknowledgements allow; all others read. */
export const fanout: Scenario = async ({ repeat }) => {
  const figures: Measurement[] = [];
  for (const log of ["memory", "SQLite"] as const) {
    let alone: number | undefined;
    for (const [readers, notes] of SIZES) {
      const measurement = await measureFanout({ log, readers, notes, repeat });
      const value = median(measurement.runs);
      alone ??= value;
      figures.push({
        ...measurement,
        ...(readers === 100 && { target: { atLeast: TARGETS[log] } }),
        ...(readers > 1 && { beside: `${formatValue(value / alone)} × that of 1 reader` }),
      });
    }
  }
  return figures;
};

/** Measures how many notes the readers receive. */
export async function measureFanout(options: BurstOptions): Promise<Measurement> {
  const { log, readers } = options;
  const { runs, cores } = await runBursts(options);
  return {
    name: `fan-out, ${log}, ${readers.toLocaleString("en")} ${
      readers === 1 ? "reader" : "readers"
    }`,
    runs: runs.map((notes) => notes * readers),
    unit: "deliveries/s",
    cores,
  };
}
