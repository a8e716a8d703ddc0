/**
 * Runs a whole conversation with the program as it is distributed: a compiled file, or any command
 * line that runs it. `deno task smoke ./chat` does so. The only other program it needs is tmux.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { standardOutput } from "../../cli/framework/output.ts";
import { formatTaskHelp } from "../../tools/task.ts";
import { Process, type Result } from "../support/program.ts";
import { quote, Terminal } from "../support/terminal.ts";

/**
 * The command that runs the program: its file, or the file and the arguments before the subcommand.
 */
export type CommandLine = readonly [program: string, ...args: string[]];

/** A conversation with the program that `words` run, in a temporary folder. */
class Smoke implements AsyncDisposable {
  readonly #words: CommandLine;
  /** The folder for all of the program's data, and its working directory. */
  readonly cwd = Deno.makeTempDirSync();

  constructor(words: CommandLine) {
    this.#words = words;
  }

  /** Starts the program. */
  start(args: string[], env: Record<string, string> = {}): Process {
    const [program, ...before] = this.#words;
    return new Process(program, [...before, ...args], { cwd: this.cwd, env });
  }

  /** Runs the program to completion. It must succeed without an error message. */
  async run(args: string[], env: Record<string, string> = {}): Promise<string> {
    await using process = this.start(args, env);
    await process.end();
    const { code } = await process.ended();
    const { stdout, stderr } = process;
    assertEquals<Result>({ code, stdout, stderr }, { code: 0, stdout, stderr: "" });
    return stdout;
  }

  /** Starts a server, and waits until it listens. */
  async serve(...args: string[]): Promise<Process & { address: string }> {
    const server = this.start(["serve", ...args]);
    const [, address = ""] = await server.waitFor(/^listening on (\S+)$/m);
    return Object.assign(server, { address });
  }

  /** Opens a terminal with a job-control shell, and starts the program in it. */
  async terminal(...args: string[]): Promise<Terminal> {
    const state = `XDG_STATE_HOME=${this.cwd}/state`;
    const shell = ["env", "PS1=$ ", "HISTFILE=", state, "bash", "--norc", "--noprofile", "-i"];
    const terminal = await Terminal.start(`cd ${quote([this.cwd])}; exec ${quote(shell)}`, {
      columns: 100,
      rows: 30,
    });
    await terminal.waitFor(/^\$$/m);
    // From a file: the command may be longer than a line of the terminal.
    const script = `${quote([...this.#words, ...args])}\necho "left $?"\n`;
    await Deno.writeTextFile(`${this.cwd}/join.sh`, script);
    await terminal.type("clear; sh join.sh");
    await terminal.press("Enter");
    return terminal;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.cwd, { recursive: true });
  }
}

/** Plays the conversation. Throws at the first deviation. */
export async function smoke(words: CommandLine): Promise<void> {
  await using smoke = new Smoke(words);
  assertMatch(await smoke.run(["--version"]), /^chat \d+\.\d+\.\d+\n$/);
  assertMatch(await smoke.run(["completions", "bash"]), /complete/);
  assertMatch(await smoke.run(["whoami"]), /^name +\S+$/m); // The account's name.
  await converse(smoke);
  await encrypt(smoke);
}

/** Two people talk, one of them on a terminal, while the server stops and restarts. */
async function converse(smoke: Smoke): Promise<void> {
  await using first = await smoke.serve("--port", "0");
  const { address } = first;
  await using ann = await smoke.terminal("join", "--name", "ann", "--server", address);
  await ann.waitFor(/^── lobby: ann ──$/m);
  await smoke.run(["send", "hello ann"], { CHAT_NAME: "bob", CHAT_SERVER: address });
  await ann.waitFor(/ \[~?bob\] hello ann$/m);
  await ann.type("hello 밥 👍");
  await ann.press("Enter");
  await ann.waitFor(/ \[ann\] hello 밥 👍$/m);

  await ann.press("C-z");
  await ann.waitFor(/Stopped/);
  await ann.type("fg");
  await ann.press("Enter");
  const before = await history(smoke, address);
  assertEquals(before, ["bob: hello ann", "ann: hello 밥 👍"]);

  first.kill("SIGTERM");
  assertEquals((await first.ended()).code, 0);
  await using second = await smoke.serve("--port", address.replace(/^.*:/, ""));
  assertEquals(await history(smoke, address), before);
  await ann.type("here again");
  await ann.press("Enter");
  await second.waitFor(/^\[ann\] here again$/m);
  await ann.waitFor(/ \[ann\] here again$/m);
  await ann.press("C-d");
  await ann.waitFor(/^left 0$/m);
  second.kill("SIGTERM");
  assertEquals((await second.ended()).code, 0);
  assertMatch(second.stderr, / info stop\n$/);
  assert(!/^\S+ (warn|error) /m.test(second.stderr), second.stderr);
  assertMatch(await smoke.run(["export", "--room", "lobby"]), /\[ann\] here again\n$/);
}

/** A server with a self-signed certificate is joined at an address of this machine. */
async function encrypt(smoke: Smoke): Promise<void> {
  await using server = await smoke.serve("--host", "0.0.0.0", "--port", "0", "--data", "tls.db");
  const [, fingerprint = ""] = await server.waitFor(/^fingerprint: (\S+)$/m);
  const [, port = ""] = /:(\d+)$/.exec(server.address) ?? [];
  const there = ["--server", `127.0.0.1:${port}`, "--tls", "--fingerprint", fingerprint];
  await smoke.run(["send", "--name", "ann", ...there, "in private"]);
  const [line = ""] = (await smoke.run(["tail", "--last", "1", "--until-now", ...there])).split(
    "\n",
  );
  assertMatch(line, /\[ann\] in private$/);
}

/** The notes so far: `name: text`. */
async function history(smoke: Smoke, address: string): Promise<string[]> {
  const args = ["tail", "--json", "--last", "10", "--until-now"];
  const lines = (await smoke.run(args, { CHAT_SERVER: address })).trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line)).map(({ name, message }) => `${name}: ${message}`);
}

/**
 * The times that the program needs to print its version, and to listen, in milliseconds: the best
 * of five.
 */
async function startup(words: CommandLine): Promise<{ version: number; serve: number }> {
  await using smoke = new Smoke(words);
  const best = { version: Infinity, serve: Infinity };
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    await smoke.run(["--version"]);
    const between = performance.now();
    await using _server = await smoke.serve("--port", "0", "--data", ":memory:");
    best.version = Math.min(best.version, between - start);
    best.serve = Math.min(best.serve, performance.now() - between);
  }
  return best;
}

/** Plays the conversation with a command, or prints the help. */
async function main([given = "./chat", ...args]: readonly string[]): Promise<void> {
  if (given === "--help" || given === "-h") {
    const summary = "play a whole conversation with ./chat, or with the command that is given";
    const usage = "[COMMAND [ARGUMENTS]]";
    await standardOutput.print(formatTaskHelp({ name: "smoke", summary, flags: {}, usage }));
    return;
  }
  const program = given.includes("/") ? await Deno.realPath(given) : given;
  await smoke([program, ...args]);
  const { version, serve } = await startup([program, ...args]);
  const figures = `--version in ${version.toFixed(0)} ms, listening after ${serve.toFixed(0)} ms`;
  const text = `${given}: a whole conversation went well; ${figures}\n`;
  await standardOutput.print(text);
}

if (import.meta.main) await main(Deno.args);
