/**
 * Measures the program: `deno task bench`, `--help` says how. README.md beside this file
 * says what each figure means.
 *
 * @module
 */

import { file, integer, toggle } from "../../cli/framework/flag_kinds.ts";
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
import { peersFanout } from "./scenarios/peers/fanout.ts";
import { peersIdle } from "./scenarios/peers/idle.ts";
import { peersLatency } from "./scenarios/peers/latency.ts";
import { peersPosts } from "./scenarios/peers/posts.ts";
import { peersSend } from "./scenarios/peers/send.ts";
import { posts } from "./scenarios/posts.ts";
import { search } from "./scenarios/search.ts";
import { stalled } from "./scenarios/stalled.ts";
import { startup } from "./scenarios/startup.ts";
import { tls } from "./scenarios/tls.ts";
import { isOurs } from "./peers/turns.ts";
import { chart } from "./report/chart.ts";
import { compared } from "./report/comparison.ts";
import { type Measurement, median, type Scenario } from "./support/measurement.ts";
import { pinLoad } from "./support/server.ts";
import { markdownTable, textTable } from "./report/tables.ts";

const SCENARIOS: ReadonlyMap<string, Scenario> = new Map(
  Object.entries({
    ...{ fanout, posts, tls, latency, original, catchup, stalled, startup, accept },
    ...{ doors, search, cluster, "cluster-open": clusterOpen },
  }),
);
/** The scenarios that compare this chat with other servers. `peers` stands for all of them. */
const PEERS: ReadonlyMap<string, Scenario> = new Map(Object.entries({
  "peers-fanout": peersFanout,
  "peers-latency": peersLatency,
  "peers-posts": peersPosts,
  "peers-send": peersSend,
  "peers-idle": peersIdle,
}));
/** The scenarios that start nodes of NATS. */
const NEED_NATS: readonly string[] = ["cluster", "cluster-open"];
const NAMES = [...SCENARIOS.keys()].join(",");
const PEER_NAMES = [...PEERS.keys()].join(",");

const flags = {
  only: {
    value: "NAMES",
    help: `scenarios to measure, separated by commas; peers stands for ${PEER_NAMES}`,
    fallback: [...SCENARIOS.keys()],
    fallbackHelp: NAMES,
    parse(text: string): string[] {
      const names = text.split(",").flatMap((name) => name === "peers" ? [...PEERS.keys()] : name);
      const unknown = names.find((name) => !SCENARIOS.has(name) && !PEERS.has(name));
      if (unknown !== undefined) {
        throw new RangeError(`there is no scenario "${unknown}" (--help lists them)`);
      }
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
  charts: file({
    value: "FOLDER",
    help: "draw the comparisons in files NAME.svg of this folder",
    fallbackHelp: "none",
  }),
  from: file({
    value: "FILE",
    help: "show the figures of an earlier run with --json; measure nothing",
    fallbackHelp: "none",
  }),
};

async function main(
  { only, repeat, json, markdown, charts, from }: Values<typeof flags>,
): Promise<number> {
  const figures = from === undefined
    ? await measure(only, repeat)
    : JSON.parse(await Deno.readTextFile(from)) as Measurement[];
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
  if (charts !== undefined) await draw(figures, charts);
  return 0;
}

async function measure(names: readonly string[], repeat: number): Promise<Measurement[]> {
  await pinLoad();
  const figures: Measurement[] = [];
  const start = performance.now();
  for (const name of names) {
    if (NEED_NATS.includes(name) && !await hasNats()) {
      standardOutput.report(`${name}: left out, there is no nats-server in PATH`);
      continue;
    }
    standardOutput.report(`${name} …`);
    const scenario = SCENARIOS.get(name) ?? PEERS.get(name)!; // As parsed.
    for (const figure of await scenario({ repeat })) figures.push({ ...figure, scenario: name });
  }
  standardOutput.report(`took ${Math.round((performance.now() - start) / 1_000)} s`);
  return figures;
}

/** Draws a chart for each scenario that compares servers. */
async function draw(figures: readonly Measurement[], folder: string): Promise<void> {
  const groups = Map.groupBy(compared(figures), ({ scenario }) => scenario);
  for (const [scenario, figures] of groups) {
    await Deno.writeTextFile(`${folder}/${scenario}.svg`, chart(figures, isOurs));
  }
}

const task = { name: "bench", summary: "measure the program", flags, run: main };
Deno.exitCode = await runTask(task, Deno.args);
