import { Crowd } from "./crowd.ts";
import type { Figure, Scenario } from "./figure.ts";
import { coreUse, startOurs } from "./server.ts";

const NOTES = 50_000;
const TARGETS = { memory: 60_000, SQLite: 25_000 } as const;

/** One author posts as fast as the answers allow, and reads nothing but that. */
export const posts: Scenario = async ({ repeat }) => {
  const figures: Figure[] = [];
  for (const log of ["memory", "SQLite"] as const) {
    await using server = await startOurs(log);
    using crowd = await Crowd.join(server.address, 0);
    await crowd.rush(NOTES); // Warms up.
    const runs: number[] = [];
    const cores = await coreUse(server, async () => {
      while (runs.length < repeat) runs.push(NOTES / await crowd.rush(NOTES));
    });
    figures.push({
      name: `posts acknowledged, ${log}, 1 session`,
      runs,
      unit: "posts/s",
      target: { atLeast: TARGETS[log] },
      cores,
    });
  }
  return figures;
};
