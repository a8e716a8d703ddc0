/**
 * Measures the program: `deno task bench`, `--help` says how. README.md beside this file
 * says what each figure means.
 *
 * @module
 */

import { integer, toggle } from "../../cli/framework/flag_kinds.ts";
import type { Values } from "../../cli/framework/flags.ts";
import { standardOutput } from "../../cli/framework/output.ts";
import { hasNats } from "../../tests/support/nats/nats.ts";
import { runTask } from "../task.ts";
import { accept } from "./scenarios/accept.ts";
import { catchup } from "./scenarios/catchup.ts";
import { cluster } from "./scenarios/cluster.ts";
import { clusterOpen } from "./scenarios/cluster_open.ts";
import { doors } from "./scenarios/doors.ts";
import { fanout } from "./scenarios/fanout.ts";
import { latency } from "./scenarios/latency.ts";
import { original } from "./scenarios/original.ts";
import { posts } from "./scenarios/posts.ts";
import { search } from "./scenarios/search.ts";
import { stalled } from "./scenarios/stalled.ts";
import { startup } from "./scenarios/startup.ts";
import { tls } from "./scenarios/tls.ts";
import {
  markdownTable,
  type Measurement,
  median,
  type Scenario,
  textTable,
} from "./support/measurement.ts";
import { pinLoad } from "./support/server.ts";

const SCENARIOS: ReadonlyMap<string, Scenario> = new Map(
  Object.entries({
    ...{ fanout, posts, tls, latency, original, catchup, stalled, startup, accept },
    ...{ doors, search, cluster, "cluster-open": clusterOpen },
  }),
);
/** The scenarios that start nodes of NATS. */
const NEED_NATS: readonly string[] = ["cluster", "cluster-open"];
const NAMES = [...SCENARIOS.keys()].join(",");

const flags = {
  only: {
    value: "NAMES",
    help: "scenarios to measure, separated by commas",
    fallback: [...SCENARIOS.keys()],
    fallbackHelp: NAMES,
    parse(text: string): string[] {
      const names = text.split(",");
      const unknown = names.find((name) => !SCENARIOS.has(name));
      if (unknown !== undefined) throw new RangeError(`"${unknown}" is not one of ${NAMES}`);
      return names;
    },
  },
  repeat: integer({
    value: "TIMES",
    help: "number of runs; the table shows the medians",
    fallback: 5,
    min: 1,
    max: 1_000,
  }),
  json: toggle("print everything for programs, single runs included"),
  markdown: toggle("print the table of README.md"),
};

async function main(
  { only, repeat, json, markdown }: Values<typeof flags>,
): Promise<number> {
  await pinLoad();
  const figures: Measurement[] = [];
  const start = performance.now();
  for (const name of only) {
    if (NEED_NATS.includes(name) && !await hasNats()) {
      standardOutput.report(`${name}: left out, there is no nats-server in PATH`);
      continue;
    }
    standardOutput.report(`${name} …`);
    figures.push(...await SCENARIOS.get(name)!({ repeat }));
  }
  standardOutput.report(`took ${Math.round((performance.now() - start) / 1_000)} s`);
  const lines = json
    ? [JSON.stringify(
      figures.map((measurement) => ({ ...measurement, median: median(measurement.runs) })),
      null,
      2,
    )]
    : markdown
    ? markdownTable(figures)
    : textTable(figures);
  await standardOutput.print(`${lines.join("\n")}\n`);
  return 0;
}

const task = { name: "bench", summary: "measure the program", flags, run: main };
Deno.exitCode = await runTask(task, Deno.args);
