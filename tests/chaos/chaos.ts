/**
 * Chaos under load: kills the server, or cuts the connections, again and again while many clients
 * talk, and then checks whether anything was lost, duplicated or reordered.
 *
 * As a library, {@linkcode runChaos}, `runServerChaos()` for all kinds of faults, and
 * `runClusterChaos()` for several servers; as a program:
 *
 * deno run … tests/chaos/chaos.ts --rounds 30 --seed 1
 *
 * A seed repeats the plan: which client joins when and how, and at which acknowledgement each
 * strike comes. The timing on the machine and the jitter of the clients' own waits differ each
 * time.
 *
 * @module
 */

import { UsageError } from "../../cli/framework/exit.ts";
import { choice, integer } from "../../cli/framework/flag_kinds.ts";
import type { Values } from "../../cli/framework/flags.ts";
import { runTask } from "../../tools/task.ts";
import { nextTick } from "../support/client.ts";
import { hasNats } from "../support/nats/nats.ts";
import { random } from "../support/random.ts";
import { RestartableServer } from "../support/restartable_server.ts";
import { Proxy } from "../support/wire/proxy.ts";
import { ChaosClients, type ChaosResult } from "./clients.ts";
import { type ClusterChaosResult, runClusterChaos } from "./cluster_chaos.ts";
import { FAULT_KINDS, type FaultKind } from "./faults.ts";
import { runServerChaos, type ServerChaosResult } from "./server/server_chaos.ts";
import { possibleKinds, SERVER_FAULT_KINDS, type ServerFaultKind } from "./server/server_faults.ts";

/** The plan's parameters. */
export interface ChaosOptions {
  /** The seed of the plan. */
  readonly seed: number;
  /** The number of strikes. One more client joins at each. */
  readonly rounds: number;
  /** The number of clients from the start. */
  readonly clients: number;
  /** The kind of strike: `kill -9` to the server, or cut connections. */
  readonly how: "kill" | "cut";
  /** Called with a line about each round. */
  readonly onRound?: (line: string) => void;
}

/** The most acknowledgements that may pass before a strike. */
const MAX_ACKS = 4_000;
/** The most turns of the event loop between that and the strike. */
const MAX_TURNS = 10;
/** The most posts that a client keeps unanswered. */
const MAX_WINDOW = 200;
/** The most notes that a late client starts with, unless with all or none. */
const MAX_LAST = 1_000;

/**
 * Lets clients talk, strikes `rounds` times, lets all clients reconnect and finish, restarts the
 * server, and compares all transcripts with the posts.
 *
 * @throws if a client or the server ends by itself, or a post is refused or answered out of order.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { seed, rounds, clients, how, onRound = () => {} } = options;
  const { next, below } = random(seed);
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "chaos" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const proxies: Proxy[] = [];
  const group = stack.use(new ChaosClients());
  const victim = stack.use(new RestartableServer(`${folder}/chat.db`, group.fail));
  await victim.start();

  const enter = (last: number, window: number) => {
    let { address } = victim;
    if (how === "cut") {
      const proxy = stack.use(new Proxy(address));
      proxies.push(proxy);
      ({ address } = proxy);
    }
    group.add({ addresses: [address], last, window, random: random(below(2 ** 32)).next });
  };

  for (let i = 0; i < clients; i++) enter(Infinity, 1 + below(MAX_WINDOW));
  for (let round = 1; round <= rounds; round++) {
    const quorum = 1 + below(group.size);
    await group.until(() => group.here >= quorum);
    const moment = group.acked + 1 + Math.floor(MAX_ACKS * next() ** 3);
    await group.until(() => group.acked >= moment);
    // The answer has arrived; some turns later, the next posts are under way.
    for (let turns = below(MAX_TURNS); turns > 0; turns--) await nextTick();
    const scene = `${group.here} of ${group.size} were there, ${group.acked} notes acknowledged`;
    if (how === "kill") {
      await victim[Symbol.asyncDispose]();
      onRound(`round ${round}: killed; ${scene}`);
      await victim.start();
    } else {
      const all = next() < 1 / 3;
      const struck = proxies.filter(() => next() < 1 / 2 || all);
      for (const proxy of struck) proxy.cut();
      onRound(`round ${round}: cut ${struck.length}; ${scene}`);
    }
    const last = [Infinity, 0, 1 + below(MAX_LAST)][below(3)]!;
    enter(last, below(MAX_WINDOW));
  }

  await group.finish();
  // The contents of the log, as a client sees them after the server's restart.
  await victim[Symbol.asyncDispose]();
  await victim.start();
  return await group.audit({ addresses: [victim.address], random: next });
}

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
      "or only kill one server, or cut its connections, under more load",
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
    help: "number of strikes or faults",
    fallback: undefined,
    fallbackHelp: "30, or no limit with --minutes",
    min: 0,
    max: 1_000_000,
  }),
  minutes: integer({
    value: "MINUTES",
    help: "time after which no further fault comes, with --how server or cluster",
    fallback: undefined,
    fallbackHelp: "until all rounds are over",
    min: 1,
    max: 100_000,
  }),
  seed: integer({ value: "SEED", help: "seed of the plan", fallback: 1, min: 0, max: 2 ** 32 - 1 }),
  clients: integer({
    value: "CLIENTS",
    help: "number of clients at the start; with --how cluster, in each room",
    fallback: 6,
    min: 1,
    max: 1_000,
  }),
};

/** The number of faults, unless there is a time. */
const ROUNDS = 30;

/** The longest wait of a program for any event, in milliseconds. */
const PATIENCE_MS = 120_000;

type Plan = Pick<Values<typeof flags>, "seed" | "clients"> & {
  readonly rounds: number;
  readonly lastsMs?: number;
  readonly onRound: (line: string) => void;
};

async function main(
  { how, kinds, minutes, rounds, ...values }: Values<typeof flags>,
): Promise<number> {
  if (how === "cluster" && !await hasNats()) {
    throw new UsageError("--how cluster: there is no nats-server in PATH");
  }
  const isTimed = how === "server" || how === "cluster";
  if (!isTimed && minutes !== undefined) throw new UsageError(`--how ${how} has no --minutes`);
  const chosen = await checkKinds(how, kinds);
  const plan = {
    ...values,
    rounds: rounds ?? (minutes === undefined ? ROUNDS : 1_000_000),
    ...(minutes !== undefined && { lastsMs: minutes * 60_000 }),
    onRound: print,
  };
  const length = minutes === undefined ? `${plan.rounds} rounds` : `${minutes} min`;
  print(`${how}, ${length}, seed ${plan.seed}, ${plan.clients} clients`);
  const began = performance.now();
  const problems = how === "server"
    ? await breakServer(plan, chosen as ServerFaultKind[] | undefined)
    : await breakOthers(how, plan, chosen as FaultKind[] | undefined);
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  for (const problem of problems) print(`PROBLEM: ${problem}`);
  print(`${problems.length === 0 ? "ok" : "FAILED"} in ${seconds} s`);
  return problems.length === 0 ? 0 : 1;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

async function checkKinds(
  how: (typeof HOWS)[number],
  kinds: readonly string[] | undefined,
): Promise<readonly string[] | undefined> {
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
  return kinds;
}

/** Breaks one server in all ways, and returns the problems. */
async function breakServer(
  { clients: people, ...plan }: Plan,
  kinds: readonly ServerFaultKind[] | undefined,
): Promise<readonly string[]> {
  const options = { ...plan, people, kinds, patienceMs: PATIENCE_MS };
  const { kinds: figures, history: _, violations: __, problems, ...counts }: ServerChaosResult =
    await runServerChaos(options);
  print(JSON.stringify(counts));
  print(
    "kind (faults): longest time without an acknowledgement (median, max in ms); what is wrong",
  );
  for (const { kind, faults, medianMs, maxMs, wrongs } of figures) {
    const words = Object.entries(wrongs).map(([wrong, count]) => `${count} ${wrong}`);
    const wrong = words.length > 0 ? words.join(", ") : "nothing lost, repeated or out of order";
    print(`${kind} (${faults}): ${medianMs}, ${maxMs}; ${wrong}`);
  }
  return problems;
}

/** Breaks several servers, or one in one way, and returns the problems. */
async function breakOthers(
  how: "cluster" | "kill" | "cut",
  plan: Plan,
  kinds: readonly FaultKind[] | undefined,
): Promise<readonly string[]> {
  const options = { ...plan, patienceMs: PATIENCE_MS, ...(kinds && { kinds }) };
  const { problems, outages = [], ...counts }: Partial<ClusterChaosResult> & ChaosResult =
    how === "cluster" ? await runClusterChaos(options) : await runChaos({ ...plan, how });
  print(JSON.stringify(counts));
  if (outages.length > 0) print("longest time without an acknowledgement (ms), by fault:");
  for (const { kind, faults, medianMs, maxMs } of outages) {
    print(`${kind} (${faults}): median ${medianMs}, max ${maxMs}`);
  }
  return problems;
}

if (import.meta.main) {
  const summary = "break one or several servers under load, and check what they kept";
  const task = { name: "chaos", summary, flags, run: main };
  Deno.exitCode = await runTask(task, Deno.args);
}
