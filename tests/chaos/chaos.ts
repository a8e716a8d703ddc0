/**
 * Chaos under load: breaks one server or several in all ways while people talk, and lets a checker
 * that knows nothing of the program judge whether anything was lost, repeated or reordered.
 *
 * deno run … tests/chaos/chaos.ts --rounds 30 --seed 1
 *
 * A seed repeats the plan: who enters when and where, and after which acknowledgement each fault
 * comes. The timing on the machine and the jitter of the clients' own waits differ each time.
 *
 * @module
 */

import { UsageError } from "../../cli/framework/exit.ts";
import { choice, integer } from "../../cli/framework/flag_kinds.ts";
import type { Values } from "../../cli/framework/flags.ts";
import { formatCount } from "../../text/number.ts";
import { runTask } from "../../tools/task.ts";
import { hasNats } from "../support/nats/nats.ts";
import { runClusterChaos } from "./cluster_chaos.ts";
import { FAULT_KINDS, type FaultKind } from "./faults.ts";
import type { TalkerHabits } from "./people/talker.ts";
import type { Verdict } from "./people/verdict.ts";
import { runServerChaos } from "./server/server_chaos.ts";
import { possibleKinds, SERVER_FAULT_KINDS, type ServerFaultKind } from "./server/server_faults.ts";

/** Without pauses, and with many posts on the way: the load of `--how kill` and `cut`. */
export const HEAVY: TalkerHabits = { maxPauseMs: 0, maxUnanswered: 20, privatePart: 0.05 };

const HOWS = ["server", "cluster", "kill", "cut"] as const;

/** The kinds of faults by what they break. */
const KINDS: Readonly<Partial<Record<(typeof HOWS)[number], readonly string[]>>> = {
  server: SERVER_FAULT_KINDS,
  cluster: FAULT_KINDS,
};

const flags = {
  how: choice(HOWS, {
    value: "HOW",
    help: "break one server in all ways, or three servers and the nodes of their engine; " +
      "or only kill one server, or cut its links, under more load",
    fallback: "server",
  }),
  kinds: {
    value: "KIND[,KIND...]",
    help: "kinds of faults of a server or a cluster",
    bounds: `of a server ${SERVER_FAULT_KINDS.join(", ")}; of a cluster ${FAULT_KINDS.join(", ")}`,
    fallback: undefined,
    fallbackHelp: "all that can be made here",
    parse: (text: string) => text.split(",").map((kind) => kind.trim()),
  },
  rounds: integer({
    value: "ROUNDS",
    help: "number of faults",
    fallback: undefined,
    fallbackHelp: "30, or no limit with --minutes",
    min: 0,
    max: 1_000_000,
  }),
  minutes: integer({
    value: "MINUTES",
    help: "time after which no further fault comes",
    fallback: undefined,
    fallbackHelp: "until all rounds are over",
    min: 1,
    max: 100_000,
  }),
  seed: integer({
    value: "SEED",
    help: "start of the random numbers; the same one gives the same faults",
    fallback: 1,
    min: 0,
    max: 2 ** 32 - 1,
  }),
  clients: integer({
    value: "CLIENTS",
    help: "number of people at the start, each in one to three rooms",
    fallback: 6,
    min: 1,
    max: 1_000,
  }),
};

/** The kind of fault of the ways that have one. */
const ONLY: Readonly<Partial<Record<(typeof HOWS)[number], readonly ServerFaultKind[]>>> = {
  kill: ["kill"],
  cut: ["cut links"],
};

/** The number of faults, unless there is a time. */
const ROUNDS = 30;

/** The longest wait of a program for any event, in milliseconds. */
const PATIENCE_MS = 120_000;

async function main(
  { how, kinds, minutes, rounds, clients, seed }: Values<typeof flags>,
): Promise<number> {
  if (how === "cluster" && !await hasNats()) {
    throw new UsageError("--how cluster: there is no nats-server in PATH");
  }
  await checkKinds(how, kinds);
  const plan = {
    ...{ seed, people: clients, patienceMs: PATIENCE_MS, onRound: print },
    rounds: rounds ?? (minutes === undefined ? ROUNDS : 1_000_000),
    ...(minutes !== undefined && { lastsMs: minutes * 60_000 }),
  };
  const length = minutes === undefined ? formatCount(plan.rounds, "fault") : `${minutes} min`;
  print(`--how ${how}: ${length}, ${clients} people at the start, seed ${seed}`);
  const began = performance.now();
  const verdict = how === "cluster"
    ? await runClusterChaos({ ...plan, kinds: kinds as FaultKind[] | undefined })
    : await runServerChaos({
      ...plan,
      kinds: ONLY[how] ?? kinds as ServerFaultKind[] | undefined,
      habits: ONLY[how] && HEAVY,
    });
  report(verdict);
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  for (const problem of verdict.problems) print(`PROBLEM: ${problem}`);
  print(`${verdict.problems.length === 0 ? "ok" : "FAILED"} in ${seconds} s`);
  return verdict.problems.length === 0 ? 0 : 1;
}

function report(verdict: Verdict & { readonly panics?: number }): void {
  const { posted, accepted, refused, received, searches, topics, mutes, panics = 0 } = verdict;
  const { lostConnections, lostAnswers } = verdict;
  print(
    `people posted ${formatCount(posted, "note")}: ${accepted} accepted, ${refused} refused; ` +
      `received ${received}; searches: ${searches}, topics: ${topics}, mutes: ${mutes}`,
  );
  print(
    `${formatCount(lostConnections, "connection")} lost, while ` +
      `${formatCount(lostAnswers, "note")} waited for an answer`,
  );
  if (panics > 0) print(`Deno crashed for lack of descriptors: ${formatCount(panics, "time")}`);
  print("kind of fault: longest time in which no note was accepted; what went wrong");
  for (const { kind, faults, medianMs, maxMs, wrongs } of verdict.kinds) {
    const words = Object.entries(wrongs).map(([wrong, count]) => `${count} ${wrong}`);
    const wrong = words.length > 0 ? words.join(", ") : "nothing lost, repeated or out of order";
    const longest = faults === 1 ? `${maxMs} ms` : `median ${medianMs} ms, at most ${maxMs} ms`;
    print(`${kind}, ${formatCount(faults, "time")}: ${longest}; ${wrong}`);
  }
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

async function checkKinds(
  how: (typeof HOWS)[number],
  kinds: readonly string[] | undefined,
): Promise<void> {
  const known = KINDS[how];
  if (!known && kinds) throw new UsageError(`--how ${how} has no --kinds`);
  const possible: readonly string[] = how === "server" ? await possibleKinds() : known ?? [];
  for (const kind of kinds ?? []) {
    if (!known!.includes(kind)) {
      throw new UsageError(`--kinds "${kind}": must be ${known!.join(", ")}`);
    }
    if (!possible.includes(kind)) {
      throw new UsageError(`--kinds "${kind}": it needs Linux with cc and prlimit`);
    }
  }
}

if (import.meta.main) {
  const summary = "break one or several servers under load, and check what they kept";
  const task = { name: "chaos", summary, flags, run: main };
  Deno.exitCode = await runTask(task, Deno.args);
}
