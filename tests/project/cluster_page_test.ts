/**
 * The commands and settings in docs/cluster.md are run as they stand there.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { Journal } from "../../server/cluster/engine.ts";
import { connectNats } from "../../server/cluster/nats/engine.ts";
import { dial } from "../../server/cluster/nats/dial.ts";
import { ROOT } from "../../tools/build/project.ts";
import { encode } from "../support/nats/entries.ts";
import { hasNats, Nats } from "../support/nats/nats.ts";
import { nkeyUser } from "../support/nats/users.ts";
import { DENO_RUN, Person, Process, PROGRAM, run, start, startServer } from "../support/program.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { quote } from "../support/terminal.ts";

const ignore = !(await hasNats());
const why = ignore ? " (ignored: no nats-server)" : "";

const PAGE = Deno.readTextFileSync(`${ROOT}docs/cluster.md`);

/** Returns the code blocks of a language in a section of the page. */
function blocks(heading: string, language: string): string[] {
  const section = PAGE.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`));
  assert(section !== undefined, `docs/cluster.md has no section "${heading}"`);
  const fences = section.matchAll(/^```(\w+)\n([^]*?)^```/gm);
  return Array.from(fences).flatMap(([, name, text]) => name === language ? [text!] : []);
}

/** The ports in the commands, up to their last digit: of nodes, of routes, of servers. */
const PORTS = ["422", "622", "1191"];

/** Replaces the ports in commands by free ones, so that other programs may use those of the page. */
function onFreePorts(commands: readonly string[]): string[] {
  const free = new Map(PORTS.map((prefix) => [prefix, freePrefix()]));
  const ports = new RegExp(`\\b(${PORTS.join("|")})(?=[123]\\b|\\$n)`, "g");
  return commands.map((text) => text.replaceAll(ports, (prefix) => free.get(prefix)!));
}

/** Returns a number so that the ports whose last digit is 1, 2 or 3 after it are free. */
function freePrefix(): string {
  while (true) {
    const prefix = 2_000 + Math.floor(Math.random() * 1_200); // Below the ports of connections.
    if ([1, 2, 3].every((digit) => isFree(10 * prefix + digit))) return String(prefix);
  }
}

function isFree(port: number): boolean {
  try {
    using _listener = Deno.listen({ hostname: "127.0.0.1", port });
    return true;
  } catch {
    return false;
  }
}

/** A checkout on a machine with the command `chat`. What its commands start ends with it. */
class Machine implements AsyncDisposable {
  readonly #folder: string;
  readonly #resources: AsyncDisposableStack;
  readonly #shell: Process;
  #commands = 0;

  private constructor(folder: string, resources: AsyncDisposableStack) {
    this.#folder = folder;
    this.#resources = resources;
    this.#shell = this.terminal();
  }

  static async start(): Promise<Machine> {
    await using stack = new AsyncDisposableStack();
    const { path } = stack.use(await temporaryFolder());
    const words = quote([...DENO_RUN, "--no-prompt", "-P", PROGRAM]);
    await Deno.mkdir(`${path}/bin`);
    await Deno.writeTextFile(`${path}/bin/chat`, `#!/bin/sh\nexec ${words} "$@"\n`, {
      mode: 0o755,
    });
    await Deno.symlink(`${ROOT}deploy`, `${path}/deploy`);
    stack.defer(() => killAll(`${path}/cluster`));
    return new Machine(path, stack.move());
  }

  /** Opens a terminal, which runs the commands given, or else those from standard input. */
  terminal(commands?: string): Process {
    const env = { PATH: `${this.#folder}/bin:${Deno.env.get("PATH")}` };
    const args = commands === undefined ? [] : ["-c", `exec ${commands}`];
    return this.#resources.use(new Process("sh", args, { cwd: this.#folder, env }));
  }

  /** Runs commands in the first terminal. */
  async run(commands: string): Promise<void> {
    const end = `end of commands ${++this.#commands}`;
    await this.#shell.write(`${commands}\necho ${end}\n`);
    await this.#shell.waitFor(new RegExp(`^${end}$`, "m"));
  }

  /** The names of the files in the folder. */
  get files(): string[] {
    return Array.from(Deno.readDirSync(this.#folder), ({ name }) => name).toSorted();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

/** Kills the processes whose ids are in the files `*.pid` of a folder, if it exists. */
async function killAll(folder: string): Promise<void> {
  const script = 'for file in *.pid; do kill -9 "$(cat "$file")"; done';
  const cwd = await Deno.stat(folder).then(() => folder, () => undefined);
  if (cwd) await new Deno.Command("sh", { args: ["-c", script], cwd, stderr: "null" }).output();
}

Deno.test({
  name: `docs/cluster.md: a chat of three nodes and servers survives what is killed${why}`,
  ignore,
  timeout: 300_000, // Electing nodes takes up to 10 s each time, and longer on a busy machine.
  fn: async () => {
    const commands = onFreePorts(blocks("Try it", "sh"));
    const [nodes, servers, joinAnn, joinBob, killServer, killNode, cleanUp] = commands;
    await using machine = await Machine.start();
    await machine.run(nodes!);
    await machine.run(servers!);
    const ann = machine.terminal(joinAnn);
    const bob = machine.terminal(joinBob);
    await bob.write("hi\n");
    await bob.waitFor(/^\[bob\] hi$/m); // He is there, and reads what comes next.
    await ann.write("hello\n");
    await bob.waitFor(/^\[ann\] hello$/m);
    await machine.run(killServer!);
    await ann.waitFor(/^-- connected again \(now at "localhost:\d+2"\) --$/m, "stderr");
    await ann.write("still here\n");
    await bob.waitFor(/^\[ann\] still here$/m);
    await machine.run(killNode!);
    await bob.write("me too\n");
    await ann.waitFor(/^\[bob\] me too$/m);
    for (const person of [ann, bob]) {
      await person.end();
      assertEquals((await person.ended()).code, 0);
    }
    await machine.run(cleanUp!);
    assertEquals(machine.files, ["bin", "deploy"]);
  },
});

/** The settings for users of the engine. */
const [ACCOUNTS = ""] = blocks("Access", "conf");

/** Returns these settings with another key. */
const accountsOf = (publicKey: string) => ACCOUNTS.replace(/nkey: \w+/, `nkey: ${publicKey}`);

Deno.test({
  name: `docs/cluster.md: servers need no more permissions than those${why}`,
  ignore,
  fn: async () => {
    const user = nkeyUser();
    await using folder = await temporaryFolder();
    const seed = `${folder.path}/chat.seed`;
    await Deno.writeTextFile(seed, user.seed, { mode: 0o600 });
    await using nats = await Nats.start({ nodes: 3, settings: accountsOf(user.publicKey) });
    const args = ["--cluster", nats.urls.join(","), "--cluster-creds", seed, "--keep", "1"];
    await using a = await startServer(args);
    await using b = await startServer(args); // It finds the streams of the other one.
    await using ann = new Person();
    await using tail = start("tail", ["--server", b.address, "--room", "dev"], ann);
    for (const text of ["one", "two"]) {
      const sent = await run("send", ["--server", a.address, "--room", "dev", text], ann);
      assertEquals([sent.code, sent.stderr], [0, ""]);
    }
    await tail.waitFor(/ two$/m);
    // Three nodes may still be electing the one that leads.
    const complaints = `${a.stderr}${b.stderr}`.split("\n").filter((line) =>
      !line.includes("awaited")
    );
    assertEquals(complaints, [""]);
    const refused = () => request(nats, user.seed, "STREAM.DELETE.chat");
    assertMatch((await assertRejects(refused, Error)).message, /Permissions Violation/);
  },
});

Deno.test({
  name: `docs/cluster.md: servers need each of these permissions${why}`,
  ignore,
  fn: async () => {
    const permissions = Array.from(ACCOUNTS.matchAll(/"[^"]+"/g), ([text]) => text);
    const admin = nkeyUser();
    const users = [undefined, ...permissions].map((missing) => ({ ...nkeyUser(), missing }));
    const listed = users.map(({ publicKey, missing }) => {
      const [, user] = /users: \[([^]*)\]/.exec(accountsOf(publicKey))!;
      return missing === undefined ? user : user!.replace(missing, '"nothing"');
    });
    const settings = `accounts { CHAT { jetstream: enabled, users: [
      { nkey: ${admin.publicKey} }, ${listed.join(", ")}
    ] } }`;
    await using nats = await Nats.start({ settings });
    const canServe: (string | undefined)[] = [];
    for (const { seed, missing } of users) {
      await setUp(nats, admin.seed);
      if (await serves(nats, seed)) canServe.push(missing);
    }
    assertEquals(canServe, [undefined]);
  },
});

/** Leaves one stream of a chat, whose configuration is incomplete. */
async function setUp(nats: Nats, seed: string): Promise<void> {
  for (const name of ["chat", "chat_state", "chat_presence"]) {
    await request(nats, seed, `STREAM.DELETE.${name}`);
  }
  await request(nats, seed, "STREAM.CREATE.chat", {
    ...{ name: "chat", subjects: ["chat.notes.>"], storage: "file", retention: "limits" },
    num_replicas: 1,
  });
}

/** Whether a user may do all that a server does. */
async function serves({ urls }: Nats, credentials: string): Promise<boolean> {
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});
  try {
    await using engine = await connectNats({
      ...{ urls, credentials, startMs: 300 },
      onError: failure.reject,
    });
    const heard = Promise.withResolvers<void>();
    using _listening = engine.listen("topic", () => heard.resolve());
    engine.send("topic", encode("hello"));
    const { notes, state, presence } = engine.journals;
    const used = [use(notes), use(state, false), use(presence)]; // The state is never purged.
    try {
      await Promise.race([failure.promise, Promise.all([heard.promise, ...used])]);
    } finally {
      await Promise.allSettled(used); // The timers of unanswered requests outlive the connection.
    }
    return true;
  } catch {
    return false;
  }
}

async function use(journal: Journal, isPurged = true): Promise<void> {
  await journal.append("key", encode("first"));
  const seq = await journal.append("key", encode("second"));
  await journal.reach(seq);
  assertEquals(await journal.newest("key"), seq);
  if (isPurged) await journal.purge("key", seq);
  assertEquals((await journal.read(1, 10)).length, 1);
}

/** Sends a request to the API of streams as a user. */
async function request(
  { urls }: Nats,
  credentials: string,
  path: string,
  query: object = {},
): Promise<void> {
  const nats = await dial({ urls, credentials });
  try {
    await nats.request(`$JS.API.${path}`, JSON.stringify(query), { timeout: 5_000 });
  } finally {
    await nats.close();
  }
}
