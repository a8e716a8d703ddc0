/**
 * Servers of others, in their own processes on the server's core.
 *
 * @module
 */

import { freePort } from "../../../tests/support/program.ts";
import { CORES, type MeasuredServer, measuredServer, temporaryFolder } from "../support/server.ts";

/** The time between two attempts to connect, in milliseconds. */
const POLL_MS = 20;

/** How a server of others is started. */
export interface StartOptions {
  /** Prepares its folder, and returns the command that starts it there. */
  readonly command: (
    folder: string,
    port: number,
  ) => readonly string[] | Promise<readonly string[]>;
  /** The signal that stops it. Default: SIGKILL. */
  readonly endBy?: Deno.Signal;
  /** What its log says once it serves. Default: it serves once it accepts connections. */
  readonly readyWords?: string;
}

/** Starts a server with a new folder and a free port, and waits until it serves. */
export async function startOnPort(
  { command, endBy = "SIGKILL", readyWords }: StartOptions,
): Promise<MeasuredServer> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const port = freePort();
  const child = new Deno.Command("taskset", {
    args: ["-c", `${CORES.server}`, ...await command(folder.path, port)],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let log = "";
  const logging = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      log = (log + text).slice(-MAX_LOG_CHARS);
    }
  })();
  let hasEnded = false;
  const ended = child.status.then(() => hasEnded = true);
  stack.defer(async () => {
    if (!hasEnded) child.kill(endBy);
    await Promise.all([ended, logging]);
  });
  const serves = () => readyWords === undefined ? accepts(port) : log.includes(readyWords);
  while (!await serves()) {
    if (hasEnded) {
      await logging;
      throw new Error(`the server ended: ${log.trim()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const tidy = stack.move();
  return measuredServer(child.pid, `127.0.0.1:${port}`, () => tidy.disposeAsync());
}

/** The end of a server's log that is kept, for the error of one that does not start. */
const MAX_LOG_CHARS = 2_000;

async function accepts(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}
