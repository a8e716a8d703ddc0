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
import { setImmediate } from "node:timers";
import { join } from "../client.ts";
import type { ChatEvent, ShownNote } from "../client/chat.ts";
import { freePort, type Process, startServer } from "./harness.ts";
import { Proxy } from "./proxy.ts";

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
/** Numbers from 0 to below 1, the same ones for the same seed: mulberry32. */
function mulberry32(seed: number): () => number {
  return () => {
    let t = seed += 0x6d2b79f5;
    t = Math.imul(t ^ t >>> 15, t | 1);
    t ^= t + Math.imul(t ^ t >>> 7, t | 61);
    return ((t ^ t >>> 14) >>> 0) / 2 ** 32;
  };
}

/** What somebody has said, and how they followed the room. */
export interface Account {
  /** Their name. */
  readonly name: string;
  /** What they said, in order; no two are the same. */
  readonly said: readonly string[];
  /** What of it was acknowledged. */
  readonly acked: ReadonlySet<string>;
  /** With how many notes they asked to start. */
  readonly last: number;
  /** How many notes there were, at least, when they asked. */
  readonly headWhenAsked: number;
  /** The position of the first note that they got. */
  readonly first: number;
}

/**
 * Compares what is in a room, by position from 1 on, with what everybody has said, and
 * returns what is wrong.
 */
export function compare(
  book: readonly (Pick<ShownNote, "name" | "message"> | undefined)[],
  accounts: readonly Account[],
): string[] {
  const problems: string[] = [];
  const authors = new Map(accounts.map(({ name, said }) => [name, {
    numbers: new Map(said.map((message, number) => [message, number])),
    places: new Map<string, number>(),
    latest: -1,
  }]));
  for (let seq = 1; seq < book.length; seq++) {
    const note = book[seq];
    const author = note && authors.get(note.name);
    const number = author?.numbers.get(note!.message);
    if (!author || number === undefined) {
      problems.push(note ? `${note.name} never said note ${seq}` : `nobody saw note ${seq}`);
      continue;
    }
    const what = `"${numberOf(note!.message)}" of ${note!.name}`;
    const place = author.places.get(note!.message);
    if (place !== undefined) problems.push(`${what} is there twice: ${place} and ${seq}`);
    else if (number < author.latest) problems.push(`${what} is out of order at ${seq}`);
    author.places.set(note!.message, seq);
    author.latest = Math.max(author.latest, number);
  }
  for (const { name, said, acked, last, headWhenAsked, first } of accounts) {
    const { places } = authors.get(name)!;
    for (const message of said) {
      const what = `"${numberOf(message)}" of ${name}`;
      if (!acked.has(message)) problems.push(`${what} was not acknowledged`);
      else if (!places.has(message)) problems.push(`${what} was acknowledged and is lost`);
    }
    // The head when they were let in is not known, but it lies between what had been seen
    // before they asked, and the first thing they said.
    const earliest = headWhenAsked - last + 1;
    const latest = Math.max(1, (places.get(said[0]!) ?? Infinity) - last);
    if (!(first >= earliest && first <= latest)) {
      problems.push(`${name} asked for the last ${last} and got them from ${first} on`);
    }
  }
  return problems;
}

/** What a message begins with; enough to know it by. */
function numberOf(message: string): string {
  return message.split(" ")[0]!;
}

/** What a client shares with the others. */
interface World {
  /** All notes that anybody has seen, by position. */
  readonly book: ShownNote[];
  /** Hears of what must not be. */
  readonly complain: (problem: string) => void;
  /** Hears of what makes it no use to go on. */
  readonly fail: (error: Error) => void;
  /** Hears that something has happened. */
  readonly happened: () => void;
}

/** How a client behaves. */
interface Habits {
  readonly name: string;
  readonly address: string;
  readonly last: number;
  /** How many posts it has under way; 0 for one who speaks only when it comes and goes. */
  readonly window: number;
  readonly random: () => number;
}

/** A client that talks as fast as it is answered, and follows what all say. */
class Talker implements Account, AsyncDisposable {
  readonly name: string;
  readonly last: number;
  readonly said: string[] = [];
  readonly acked = new Set<string>();
  readonly headWhenAsked: number;
  first = NaN;
  /** True while it is connected. */
  here = false;
  /** The last note that it has seen. */
  latest: ShownNote | undefined;
  lostConnections = 0;
  /** How many posts were unanswered when connections were lost. */
  lostAnswers = 0;
  readonly #world: World;
  readonly #habits: Habits;
  readonly #chat;
  readonly #leave = new AbortController();
  readonly #following: Promise<void>;
  #under = 0;
  #talking = true;

  constructor(habits: Habits, world: World) {
    const { name, address, last } = habits;
    this.name = name;
    this.last = last;
    this.headWhenAsked = world.book.length - 1;
    this.#habits = habits;
    this.#world = world;
    // While the server starts again, nobody is to give up.
    const timeoutMs = 2 ** 30;
    this.#chat = join({
      name,
      address,
      timeoutMs,
      signal: this.#leave.signal,
      ...(last < Infinity && { last }),
    });
    this.#following = this.#follow();
  }

  /** Says something new, and resolves when that has been answered. */
  async say(): Promise<void> {
    // Some are long, so that cuts fall into frames, and frames into packets.
    const text = "é".repeat(Math.floor(1_000 * this.#habits.random() ** 8));
    const message = `${this.said.length + 1} ${text}`;
    this.said.push(message);
    this.#under++;
    try {
      await this.#chat.say(message);
      const due = this.said[this.acked.size];
      if (message !== due) throw new Error(`answered before "${numberOf(due!)}"`);
      this.acked.add(message);
    } catch (cause) {
      const what = `"${numberOf(message)}" of ${this.name}`;
      this.#world.fail(new Error(`${what} was not taken: ${cause}`, { cause }));
    }
    this.#under--;
    this.#talk();
    this.#world.happened();
  }

  /** Says nothing more by itself. */
  hush(): void {
    this.#talking = false;
  }

  #talk(): void {
    while (this.#talking && this.#under < this.#habits.window) void this.say();
  }

  async #follow(): Promise<void> {
    try {
      for await (const event of this.#chat.events()) {
        this.#take(event);
        this.#world.happened();
        // Whoever shows what comes is not always done at once.
        if (event.type === "connected" || this.#habits.random() < 0.1) await turn();
      }
      if (!this.#leave.signal.aborted) throw new Error("the events ended");
    } catch (cause) {
      this.#world.fail(new Error(`${this.name} is gone: ${cause}`, { cause }));
    }
  }

  #take(event: ChatEvent): void {
    if (event.type === "notes") {
      for (const note of event.notes) this.#see(note);
    } else if (event.type === "lost") {
      this.#world.complain(`${this.name} was told that ${event.count} notes are lost`);
    } else if (event.type === "connected" || event.type === "disconnected") {
      this.here = event.type === "connected";
      if (!this.here) {
        this.lostConnections++;
        this.lostAnswers += this.#under;
      }
      // However much is under way: people talk on while they are cut off.
      if (this.#talking) void this.say();
      this.#talk();
    }
  }

  #see(note: ShownNote): void {
    const { book, complain } = this.#world;
    const seq = note.seq ?? NaN;
    const due = this.latest ? this.latest.seq! + 1 : seq;
    if (!(seq === due)) complain(`${this.name} got note ${seq} where ${due} was due`);
    if (!this.latest) this.first = seq;
    this.latest = note;
    const known = book[seq] ??= note;
    if (known.name !== note.name || known.message !== note.message || known.time !== note.time) {
      complain(`${this.name} got another note ${seq} than somebody else`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hush();
    this.#leave.abort();
    await this.#following;
  }
}

/** One turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** A server on a file, which can be killed and started again in its place. */
class Victim implements AsyncDisposable {
  readonly #args: string[];
  readonly #fail: (error: Error) => void;
  readonly address: string;
  #server: Process | undefined;

  constructor(file: string, fail: (error: Error) => void) {
    const port = freePort();
    this.address = `127.0.0.1:${port}`;
    this.#args = ["--quiet", "--data", file, "--port", `${port}`];
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
  const random = mulberry32(seed);
  const below = (bound: number) => Math.floor(random() * bound);
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
    const habits = { name, address, last, window, random: mulberry32(below(2 ** 32)) };
    talkers.push(crowd.use(new Talker(habits, world)));
  };
  const sum = (of: (talker: Talker) => number) => talkers.reduce((n, one) => n + of(one), 0);
  const acked = () => sum((talker) => talker.acked.size);
  const here = () => sum((talker) => talker.here ? 1 : 0);

  for (let i = 0; i < clients; i++) enter(Infinity, 1 + below(MAX_WINDOW));
  for (let round = 1; round <= rounds; round++) {
    const quorum = 1 + below(talkers.length);
    await until(() => here() >= quorum);
    const moment = acked() + 1 + Math.floor(MAX_ACKS * random() ** 3);
    await until(() => acked() >= moment);
    // The answer has come; some turns on, the next ones are on their way.
    for (let turns = below(MAX_TURNS); turns > 0; turns--) await turn();
    const scene = `${here()} of ${talkers.length} were there, ${acked()} notes acknowledged`;
    if (how === "kill") {
      await victim[Symbol.asyncDispose]();
      onRound(`round ${round}: killed; ${scene}`);
      await victim.start();
    } else {
      const all = random() < 1 / 3;
      const struck = proxies.filter(() => random() < 1 / 2 || all);
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
    { name: "auditor", address, last: Infinity, window: 0, random },
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

/** Tells problems of a kind once, and how many more of it there are. */
function inShort(problems: readonly string[]): string[] {
  const kinds = Map.groupBy(problems, (problem) => problem.replace(/\d+/g, "0"));
  return Array.from(kinds.values(), ([first, ...more]) => {
    return more.length > 0 ? `${first}; and ${more.length} more such` : first!;
  });
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
