/**
 * The basis of the tests: the program as a real process with exactly the permissions of its task,
 * and functions that wait for its output.
 *
 * @module
 */

import { generateKeyPairSync } from "node:crypto";
import { assert } from "@std/assert";
import { DENO_RUN, IMPORT_MAP, ROOT } from "../../tools/build/project.ts";
import { quote } from "./terminal.ts";

export { DENO_RUN };

/** {@linkcode DENO_RUN} by a Deno that behaves as on Windows. */
export const DENO_RUN_AS_ON_WINDOWS: readonly string[] = [
  ...DENO_RUN,
  `--preload=${ROOT}tests/support/windows.ts`,
];

/** The program's entry point. */
export const PROGRAM = `${ROOT}mod.ts`;

/** The program's subcommands. Each has a task. */
export type Command =
  | "serve"
  | "join"
  | "send"
  | "tail"
  | "search"
  | "stats"
  | "health"
  | "backup"
  | "whoami"
  | "drop"
  | "export"
  | "import"
  | "completions";

/** The result of a process. */
export interface Result {
  /** Its exit code. */
  code: number;
  /** Its complete standard output. */
  stdout: string;
  /** Its complete standard error. */
  stderr: string;
}

/** The options for starting a process. */
export interface StartOptions {
  /** Environment variables to add. */
  env?: Record<string, string>;
  /** The working directory. */
  cwd?: string;
  /** A command that starts the program, such as one that enters another network namespace. */
  through?: readonly string[];
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** A process whose output is read continuously. Killed when disposed. */
export class Process implements AsyncDisposable {
  /**
   * A configuration folder of its own, with a key of its own: nobody else may speak under its name.
   */
  readonly #config = makeConfigFolder();
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: Promise<void>[];
  readonly #readers: { stdout?: Reader; stderr?: Reader } = {};
  #waiting: (() => void)[] = [];
  #paused: Promise<void> | undefined;
  #release: () => void = () => {};
  #open = 2;
  /** Its standard output so far. */
  stdout = "";
  /** Its standard error so far. */
  stderr = "";

  /** Starts `command` with `args`. */
  constructor(command: string, args: string[], { through = [], ...options }: StartOptions = {}) {
    const [program, ...words] = [...through, command, ...args];
    this.#child = new Deno.Command(program!, { // The command at least.
      args: words,
      ...options,
      env: { XDG_CONFIG_HOME: this.#config, ...options.env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stdin = this.#child.stdin.getWriter();
    this.#output = [this.#read("stdout"), this.#read("stderr")];
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  async #read(name: "stdout" | "stderr"): Promise<void> {
    const decoder = new TextDecoder();
    const reader = this.#child[name].getReader();
    this.#readers[name] = reader;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      this[name] += decoder.decode(part.value, { stream: true });
      this.#notify();
      if (name === "stdout") await this.#paused;
    }
    this.#open--;
    this.#notify();
  }

  #notify(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Waits until its output matches, and returns the match. Fails if it ends first. */
  async waitFor(pattern: RegExp, name: "stdout" | "stderr" = "stdout"): Promise<RegExpExecArray> {
    while (true) {
      const match = pattern.exec(this[name]);
      if (match) return match;
      assert(this.#open > 0, `ended without ${pattern}:\n${this.stdout}${this.stderr}`);
      await new Promise<void>((wake) => this.#waiting.push(wake));
    }
  }

  /** Writes to its standard input. */
  async write(text: string | Uint8Array): Promise<void> {
    await this.#stdin.write(typeof text === "string" ? new TextEncoder().encode(text) : text);
  }

  /** Ends its standard input. */
  async end(text: string | Uint8Array = ""): Promise<void> {
    await this.write(text);
    await this.#stdin.close();
  }

  /** Stops reading its standard output, so that it fills up, until it is released or disposed. */
  holdStdout(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#paused = promise;
    this.#release = resolve;
  }

  /** Reads its standard output again. */
  releaseStdout(): void {
    this.#paused = undefined;
    this.#release();
  }

  /** Closes the reading end of its standard output. */
  async closeStdout(): Promise<void> {
    await this.#readers.stdout?.cancel();
  }

  /** Sends it a signal, if it is still running. */
  kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has exited.
    }
  }

  /** Waits until it has exited and all its output has arrived. */
  async ended(): Promise<Deno.CommandStatus> {
    const status = await this.#child.status;
    this.#release();
    await Promise.all(this.#output);
    return status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.#stdin.abort().catch(() => {}); // Nothing reads the rest.
    await this.ended();
    await Deno.remove(this.#config, { recursive: true });
  }
}

/** Makes a configuration folder with a key. */
function makeConfigFolder(): string {
  const folder = Deno.makeTempDirSync();
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  Deno.mkdirSync(`${folder}/chat`);
  Deno.writeTextFileSync(`${folder}/chat/key`, pem, { mode: 0o600 });
  return folder;
}

/** A person with a key, on any machine. Their programs run in this environment. */
export class Person implements AsyncDisposable {
  /** Their configuration folder. */
  readonly folder: string;
  /** The environment of their programs. */
  readonly env: Record<string, string>;

  /** Makes a person, without a key yet if `hasKey` is false. */
  constructor({ hasKey = true }: { readonly hasKey?: boolean } = {}) {
    this.folder = hasKey ? makeConfigFolder() : Deno.makeTempDirSync();
    this.env = { XDG_CONFIG_HOME: this.folder };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** The words that run `chat COMMAND …` with the permissions of its task. */
export function commandLine(
  command: Command,
  args: readonly string[],
  denoRun = DENO_RUN,
): string[] {
  return [...denoRun, "--no-prompt", `-P=${command}`, PROGRAM, command, ...args];
}

/** The words that run a task, with the packages that the tests run with. */
export function taskCommandLine(task: string, args: readonly string[]): string[] {
  const npm = IMPORT_MAP === undefined ? [] : ["npm"];
  return [Deno.execPath(), "task", "-q", "-c", `${ROOT}deno.json`, ...npm, task, ...args];
}

/** Starts a task from a folder, which is where its files go. */
export function startTask(
  task: string,
  args: readonly string[],
  { env, ...options }: StartOptions & { cwd: string },
): Process {
  const [program = "", ...words] = taskCommandLine(task, args);
  // Set already where a task runs the tests.
  return new Process(program, words, { ...options, env: { INIT_CWD: options.cwd, ...env } });
}

/** Runs a task from a folder to its end. */
export async function runTask(
  task: string,
  args: readonly string[],
  options: StartOptions & { cwd: string },
): Promise<Result> {
  await using process = startTask(task, args, options);
  return await collectResult(process);
}

/** Starts `chat COMMAND …` with the permissions of its task. */
export function start(
  command: Command,
  args: string[],
  options: StartOptions = {},
): Process {
  const [program = "", ...words] = commandLine(command, args);
  return new Process(program, words, options);
}

/**
 * Returns the arguments of `chat serve` with those of tests: by default it uses a free port, a log
 * in memory, no rate limit on posts, and logs problems only.
 */
export function serveArgs(args: readonly string[]): string[] {
  const data = args.includes("--data") ? [] : ["--data", ":memory:"];
  const rate = args.includes("--rate") ? [] : ["--rate", "0"];
  const level = args.includes("--log-level") ? [] : ["--log-level", "warn"];
  return ["--port", "0", ...data, ...rate, ...level, ...args];
}

/** Starts `chat serve` with {@linkcode serveArgs}, and waits until it listens. */
export async function startServer(
  args: string[] = [],
  options: StartOptions = {},
): Promise<Process & { address: string }> {
  const server = start("serve", serveArgs(args), options);
  const [, address] = await server.waitFor(/^listening on (\S+)$/m);
  return Object.assign(server, { address: address! });
}

/** Runs `chat COMMAND …` to completion. */
export async function run(
  command: Command,
  args: string[],
  { stdin = "", ...options }: StartOptions & { stdin?: string | Uint8Array } = {},
): Promise<Result> {
  await using process = start(command, args, options);
  await process.end(stdin);
  return await collectResult(process);
}

/** Starts a script with `sh`. `chat_send` and `chat_tail` in the script run these commands. */
export function startScript(script: string, env: Record<string, string> = {}): Process {
  const quoted = (["send", "tail"] as const).map((command) =>
    `chat_${command}() { ${quote(commandLine(command, []))} "$@"; }`
  );
  return new Process("sh", ["-c", [...quoted, script].join("\n")], { env });
}

/** Runs a script like {@linkcode startScript}, to completion. */
export async function runScript(script: string, env: Record<string, string> = {}): Promise<Result> {
  await using process = startScript(script, env);
  return await collectResult(process);
}

/** Ports below the range from which systems pick them, for servers and for connections alike. */
const PORTS = { from: 20_000, count: 12_000 };

/**
 * A port on which nothing listens. No other program gets it by chance while a server restarts
 * there, and no client of another program tries to reconnect to a server that it had there.
 */
export function freePort(): number {
  while (true) {
    const port = PORTS.from + Math.floor(Math.random() * PORTS.count);
    try {
      using listener = Deno.listen({ hostname: "127.0.0.1", port });
      return listener.addr.port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

async function collectResult(process: Process): Promise<Result> {
  const { code } = await process.ended();
  return { code, stdout: process.stdout, stderr: process.stderr };
}
