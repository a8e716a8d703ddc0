import { freePort, type Process, startServer } from "./program.ts";

/** How a {@linkcode RestartableServer} is started, and observed. */
export interface RestartableServerOptions {
  /** Starts it. Default: {@linkcode startServer}. */
  readonly launch?: ((args: string[]) => Promise<Process>) | undefined;
  /** Whether it may report problems on standard error. Default false. */
  readonly mayComplain?: boolean;
}

/** A server on a file, which can be stopped and restarted at the same address. */
export class RestartableServer implements AsyncDisposable {
  readonly #args: readonly string[];
  readonly #fail: (error: Error) => void;
  readonly #options: RestartableServerOptions;
  /** The address it listens on, each time. */
  readonly address: string;
  #server: Process | undefined;

  /**
   * Creates one that is not started. Calls `fail` if it exits by itself, or writes to standard
   * error.
   */
  constructor(
    file: string,
    fail: (error: Error) => void,
    args: readonly string[] = [],
    options: RestartableServerOptions = {},
  ) {
    const port = freePort();
    this.address = `127.0.0.1:${port}`;
    this.#args = ["--quiet", "--keep", "100000000", "--data", file, "--port", `${port}`, ...args];
    this.#fail = fail;
    this.#options = options;
  }

  /** Starts it, and waits until it listens. */
  async start(): Promise<void> {
    const { launch = startServer, mayComplain = false } = this.#options;
    const server = await launch([...this.#args]);
    this.#server = server;
    void server.ended().then(({ code }) => {
      if (this.#server === server) this.#fail(new Error(`exit ${code}: ${server.stderr}`));
      else if (server.stderr && !mayComplain) {
        this.#fail(new Error(`the server complained: ${server.stderr}`));
      }
    });
  }

  /** Sends it a signal that does not end it. */
  signal(signal: Deno.Signal): void {
    this.#server?.kill(signal);
  }

  /** Its process id; undefined if it is not running. */
  get pid(): number | undefined {
    return this.#server?.pid;
  }

  /** What it has reported since it was started: nothing, if it is not running. */
  get stderr(): string {
    return this.#server?.stderr ?? "";
  }

  /** Stops it as an operator does, by SIGTERM, and returns its exit code. */
  async stop(): Promise<number> {
    await using server = this.#server!; // A server that is not started is not stopped.
    this.#server = undefined;
    server.kill("SIGTERM");
    return (await server.ended()).code;
  }

  /** Kills it by SIGKILL. It can be started again. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
