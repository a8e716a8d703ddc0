/**
 * A nats-server as a process.
 *
 * @module
 */

import { freePort } from "../program.ts";

/** The end of a log that is kept, for the error of a node that does not start. */
const MAX_LOG_CHARS = 20_000;

/** The time for an answer of the monitoring endpoint, in milliseconds. */
const ANSWER_MS = 500;

/** The settings of a node. */
export interface NodeOptions {
  /** Its name in the cluster. */
  readonly name: string;
  /** A folder of its own, for its settings and its data. */
  readonly folder: string;
  /** Further settings, in the syntax of its configuration file. */
  readonly settings: string;
  /** The words that start it, before its own flags. Default: `nats-server`. */
  readonly command?: readonly [string, ...string[]];
}

/** A node that can be stopped in several ways, and started again with its data. */
export class NatsNode implements AsyncDisposable {
  readonly #options: NodeOptions;
  #process: Deno.ChildProcess | undefined;
  #output: Promise<void> = Promise.resolve();
  /** The port for clients. */
  readonly port: number = freePort();
  readonly #monitoringPort = freePort();

  constructor(options: NodeOptions) {
    this.#options = options;
  }

  /** Its name in the cluster. */
  get name(): string {
    return this.#options.name;
  }

  /** The address for clients, `HOST:PORT`. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** The id of its process, while it is running. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** The folder with its data, which can be copied or deleted while it is not running. */
  get dataFolder(): string {
    return `${this.#options.folder}/data`;
  }

  /** Starts it, and returns once it accepts clients. Nothing happens if it is running. */
  async start(): Promise<void> {
    if (this.#process) return;
    const file = `${this.#options.folder}/nats.conf`;
    await Deno.writeTextFile(file, this.#configuration());
    const [program, ...words] = this.#options.command ?? ["nats-server"];
    const command = new Deno.Command(program, {
      args: [...words, "--config", file],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    });
    this.#process = command.spawn();
    const ready = Promise.withResolvers<void>();
    this.#output = watch(this.#process.stderr, ready);
    await ready.promise;
  }

  #configuration(): string {
    const { name, settings } = this.#options;
    const monitoring = `http: "127.0.0.1:${this.#monitoringPort}"`;
    return [`server_name: ${name}`, `listen: "${this.address}"`, monitoring, settings].join("\n");
  }

  /** Asks it to stop, and waits for its end. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  /** Kills it without warning. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async #end(signal: Deno.Signal): Promise<void> {
    const process = this.#process;
    if (!process) return;
    this.#process = undefined;
    process.kill(signal);
    if (signal !== "SIGKILL") process.kill("SIGCONT"); // A paused process does not stop.
    await process.status;
    await this.#output;
  }

  /** Asks its monitoring endpoint; returns undefined if it does not answer, or has a problem. */
  async ask(path: string): Promise<unknown> {
    const url = `http://127.0.0.1:${this.#monitoringPort}/${path}`;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), ANSWER_MS);
    try {
      const response = await fetch(url, { signal: late.signal });
      const answer = await response.json();
      return response.ok ? answer : undefined;
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Suspends it: its connections stay open, and it answers nothing. */
  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  /** Lets it run on. */
  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  /** Kills it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

/** Reads the log of a node; settles `ready` when it accepts clients, or when it ends. */
async function watch(
  stderr: ReadableStream<Uint8Array>,
  ready: PromiseWithResolvers<void>,
): Promise<void> {
  let log = "";
  for await (const text of stderr.pipeThrough(new TextDecoderStream())) {
    log = (log + text).slice(-MAX_LOG_CHARS);
    if (log.includes("Server is ready")) ready.resolve();
  }
  ready.reject(new Error(`nats-server did not start:\n${log}`));
}
