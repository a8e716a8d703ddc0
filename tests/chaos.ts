/**
 * Chaos under load: the server killed, or the connections cut, again and again while many
 * people talk; and then a look at whether anything was lost, doubled or out of order.
 *
 * As a library, {@linkcode runChaos}; as a program:
 *
 *     deno run … tests/chaos.ts --how kill --rounds 30 --seed 1
 *
 * A seed repeats the plan: who joins when and how, and what is struck at which
 * acknowledgement. What the machine makes of it, and the jitter of the clients' own
 * waits, are different each time.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import type { ShownNote } from "../client/chat.ts";
import { freePort, type Process, startServer } from "./harness.ts";
import { Proxy } from "./proxy.ts";
import { random } from "./random.ts";
import { Talker, turn, type World } from "./talker.ts";
import { compare, inShort } from "./verdict.ts";

/** What to do, and how often. */
export interface ChaosOptions {
  /** From what the plan is drawn. */
  readonly seed: number;
  /** How often it strikes; each time one more client joins. */
  readonly rounds: number;
  /** How many clients are there from the start. */
  readonly clients: number;
  /** What it does: `kill -9` to the server, or cut connections. */
  readonly how: "kill" | "cut";
  /** Hears of each round, in a line. */
  readonly onRound?: (line: string) => void;
}

/** What came of it. */
export interface ChaosResult {
  /** What was wrong; nothing, one hopes. */
  readonly problems: readonly string[];
  /** How many notes were said. */
  readonly said: number;
  /** How many of them were acknowledged. */
  readonly acked: number;
  /** How many notes the log had in the end. */
  readonly logged: number;
  /** How often a client lost its connection. */
  readonly lostConnections: number;
  /** How many posts were unanswered at those moments. */
  readonly unanswered: number;
}

/** How many acknowledgements may pass, at most, before it strikes. */
const MAX_ACKS = 4_000;
/** And how many turns of the event loop after that. */
const MAX_TURNS = 10;
/** How many posts a client has under way, at most. */
const MAX_WINDOW = 200;
/** With how many notes a client that comes late starts, at most, unless with all or none. */
const MAX_LAST = 1_000;

/** A server on a file, which can be killed and started again in its place. */
class Victim implements AsyncDisposable {
  readonly #args: string[];
  readonly #fail: (error: Error) => void;
  readonly address: string;
  #server: Process | undefined;

  constructor(file: string, fail: (error: Error) => void) {
    const port = freePort();
    this.address = `127.0.0.1:${port}`;
    this.#args = ["--quiet", "--keep", "100000000", "--data", file, "--port", `${port}`];
    this.#fail = fail;
  }

  async start(): Promise<void> {
    const server = await startServer(this.#args);
    this.#server = server;
    void server.ended().then(({ code }) => {
      if (this.#server === server) this.#fail(new Error(`exit ${code}: ${server.stderr}`));
      else if (server.stderr) this.#fail(new Error(`the server complained: ${server.stderr}`));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.[Symbol.asyncDispose](); // By SIGKILL, at once.
  }
}

/**
 * Lets clients talk, strikes `rounds` times, lets everybody come back and finish, starts
 * the server anew, and compares all transcripts with what was said.
 *
 * @throws if a client or the server ends by itself, or a post is refused or answered out of order.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const problems: string[] = [];
  let waiting: { readonly is: () => boolean; readonly resolve: () => void }[] = [];
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {}); // Whoever waits hears of it.
  const book: ShownNote[] = [];
  book.length = 1; // Positions start at 1.
  const world: World = {
    book,
    complain: (problem) => void problems.push(problem),
    fail: failure.reject,
    happened: () => {
      const due = waiting.filter(({ is }) => is());
      if (due.length > 0) waiting = waiting.filter((one) => !due.includes(one));
      for (const { resolve } of due) resolve();
    },
  };
  const until = (is: () => boolean) => {
    const came = is()
      ? Promise.resolve()
      : new Promise<void>((resolve) => waiting.push({ is, resolve }));
    return Promise.race([came, failure.promise]);
  };

  const { seed, rounds, clients, how, onRound = () => {} } = options;
  const { next, below } = random(seed);
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "chaos" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const victim = stack.use(new Victim(`${folder}/chat.db`, world.fail));
  await victim.start();

  await using crowd = new AsyncDisposableStack();
  const talkers: Talker[] = [];
  const proxies: Proxy[] = [];
  const enter = (last: number, window: number) => {
    let { address } = victim;
    if (how === "cut") {
      const proxy = crowd.use(new Proxy(address));
      proxies.push(proxy);
      ({ address } = proxy);
    }
    const name = `t${talkers.length + 1}`;
    const habits = { name, address, last, window, random: random(below(2 ** 32)).next };
    talkers.push(crowd.use(new Talker(habits, world)));
  };
  const sum = (of: (talker: Talker) => number) => talkers.reduce((n, one) => n + of(one), 0);
  const acked = () => sum((talker) => talker.acked.size);
  const here = () => sum((talker) => talker.here ? 1 : 0);

  for (let i = 0; i < clients; i++) enter(Infinity, 1 + below(MAX_WINDOW));
  for (let round = 1; round <= rounds; round++) {
    const quorum = 1 + below(talkers.length);
    await until(() => here() >= quorum);
    const moment = acked() + 1 + Math.floor(MAX_ACKS * next() ** 3);
    await until(() => acked() >= moment);
    // The answer has come; some turns on, the next ones are on their way.
    for (let turns = below(MAX_TURNS); turns > 0; turns--) await turn();
    const scene = `${here()} of ${talkers.length} were there, ${acked()} notes acknowledged`;
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

  for (const talker of talkers) talker.hush();
  // Answers come in order: whoever has this one has all. And who is answered is connected.
  await Promise.race([Promise.all(talkers.map((talker) => talker.say())), failure.promise]);
  const heard = (by: Talker, { name, said }: Talker) =>
    by.latest?.name === name && by.latest.message === said.at(-1);
  const closer = talkers[0]!;
  await Promise.race([closer.say(), failure.promise]);
  await until(() => talkers.every((talker) => heard(talker, closer)));
  await crowd.disposeAsync();

  // What the log has, as somebody sees it who comes to a server that has just been started.
  await victim[Symbol.asyncDispose]();
  await victim.start();
  const { address } = victim;
  await using auditor = new Talker(
    { name: "auditor", address, last: Infinity, window: 0, random: next },
    world,
  );
  await until(() => auditor.acked.size > 0 && heard(auditor, auditor));
  problems.push(...compare(book, [...talkers, auditor]));
  return {
    problems: inShort(problems),
    said: sum((talker) => talker.said.length),
    acked: acked(),
    logged: book.length - 2, // Without the auditor's.
    lostConnections: sum((talker) => talker.lostConnections),
    unanswered: sum((talker) => talker.lostAnswers),
  };
}

async function main(args: string[]): Promise<number> {
  const print = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
  const flags = parseArgs(args, { boolean: [], string: ["how", "rounds", "seed", "clients"] });
  const { how = "kill" } = flags;
  const [rounds, seed, clients] = [flags.rounds ?? 30, flags.seed ?? 1, flags.clients ?? 6]
    .map(Number) as [number, number, number];
  if ((how !== "kill" && how !== "cut") || !(rounds >= 0 && seed >= 0 && clients >= 1)) {
    print("Usage: chaos.ts [--how kill|cut] [--rounds N] [--seed N] [--clients N]");
    return 2;
  }
  print(`${how}, ${rounds} rounds, seed ${seed}, ${clients} clients`);
  const began = performance.now();
  const { problems, ...counts } = await runChaos({ how, rounds, seed, clients, onRound: print });
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  print(JSON.stringify(counts));
  for (const problem of problems) print(`PROBLEM: ${problem}`);
  print(`${problems.length === 0 ? "ok" : "FAILED"} in ${seconds} s`);
  return problems.length === 0 ? 0 : 1;
}

if (import.meta.main) {
  Deno.exitCode = await main(Deno.args).catch((error) => {
    Deno.stderr.writeSync(new TextEncoder().encode(`FAILED: ${error.stack}\n`));
    return 1;
  });
}
