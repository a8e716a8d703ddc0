import type { Measurement, Scenario } from "../support/measurement.ts";
import { type BurstOptions, runBursts } from "../support/bursts.ts";

const NOTES = 50_000;
const TARGETS = { memory: 60_000, SQLite: 25_000 } as const;

/** One author posts as fast as acknowledgements allow, and reads only these. */
export const posts: Scenario = async ({ repeat }) => {
  const figures: Measurement[] = [];
  for (const log of ["memory", "SQLite"] as const) {
    const measurement = await measurePosts({ log, repeat });
    figures.push({ ...measurement, target: { atLeast: TARGETS[log] } });
  }
  return figures;
};

/** Measures how many posts are acknowledged. */
export async function measurePosts(
  options: Omit<BurstOptions, "readers" | "notes">,
): Promise<Measurement> {
  const { runs, cores } = await runBursts({ ...options, readers: 0, notes: NOTES });
  const name = `posts acknowledged, ${options.log}, 1 session`;
  return { name, runs, unit: "posts/s", cores };
}
