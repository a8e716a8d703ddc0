import { freePort, type Process, startServer } from "./program.ts";

/** A server on a file, which can be stopped and restarted at the same address. */
export class RestartableServer implements AsyncDisposable {
  readonly #args: string[];
  readonly #fail: (error: Error) => void;
  /** The address it listens on, each time. */
  readonly address: string;
  #server: Process | undefined;

  /**
   * Creates one that is not started. Calls `fail` if it exits by itself, or writes to standard
   * error.
   */
  constructor(file: string, fail: (error: Error) => void, args: readonly string[] = []) {
    const port = freePort();
    this.address = `127.0.0.1:${port}`;
    this.#args = ["--quiet", "--keep", "100000000", "--data", file, "--port", `${port}`, ...args];
    this.#fail = fail;
  }

  /** Starts it, and waits until it listens. */
  async start(): Promise<void> {
    const server = await startServer(this.#args);
    this.#server = server;
    void server.ended().then(({ code }) => {
      if (this.#server === server) this.#fail(new Error(`exit ${code}: ${server.stderr}`));
      else if (server.stderr) this.#fail(new Error(`the server complained: ${server.stderr}`));
    });
  }

  /** Stops it as an operator does, by SIGTERM, and returns its exit code. */
  async stop(): Promise<number> {
    await using server = this.#server!; // A server that is not started is not stopped.
    this.#server = undefined;
    server.kill("SIGTERM");
    return (await server.ended()).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.[Symbol.asyncDispose](); // Kills it by SIGKILL.
  }
}
