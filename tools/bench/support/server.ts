/**
 * A server under measurement, in its own process on its own core.
 *
 * @module
 */

import { DENO_RUN, ROOT } from "../../build/project.ts";
import { V8_FLAGS } from "../../build/v8_flags.ts";
import type { CoreUse } from "./measurement.ts";

/** The core for servers, and the core for the load. */
export const CORES = { server: 0, load: 1 } as const;

/** The fraction of a second in which /proc counts processor time. */
const TICKS = 100;
const PAGE_BYTES = 4_096;

/** A running server, ended when it is disposed. */
export interface MeasuredServer extends AsyncDisposable {
  /** The id of its process. */
  readonly pid: number;
  /** The address it listens on. */
  readonly address: string;
  /** The processor time it has used so far, in seconds. */
  cpuSeconds(): Promise<number>;
  /** Its current memory use, in bytes. */
  residentBytes(): Promise<number>;
}

/** The log in which a server keeps its notes. */
export type LogKind = "memory" | "SQLite";

/** Pins this process, which is the load, with all its threads. */
export async function pinLoad(): Promise<void> {
  await output("taskset", ["-acp", `${CORES.load}`, `${Deno.pid}`]);
}

/**
 * Starts `chat serve` with `args`. A SQLite log is a new file, which is deleted with the server.
 */
export async function startOurs(log: LogKind, args: string[] = []): Promise<MeasuredServer> {
  const folder = log === "SQLite" ? await temporaryFolder() : undefined;
  const data = folder === undefined ? ":memory:" : `${folder.path}/bench.db`;
  return await startServe(["--data", data, ...args], {
    tidy: async () => await folder?.[Symbol.asyncDispose](),
  });
}

/** Starts `chat serve` with `args`. */
export function startServe(
  args: readonly string[],
  options: StartOptions = {},
): Promise<MeasuredServer> {
  const serve = ["serve", "--quiet", "--log-level", "warn", "--port", "0"];
  // All load comes from one machine, at full speed.
  const bounds = ["--max-members", "2000", "--max-per-address", "2000", "--rate", "0"];
  const command = [
    ...DENO_RUN,
    `--v8-flags=${V8_FLAGS}`,
    "-A",
    `${ROOT}mod.ts`,
    ...serve,
    ...bounds,
    ...args,
  ];
  return startPinned(command, options);
}

/** Creates a folder, which is deleted with its contents when disposed. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** The Python with grpcio to compare with, or undefined if there is none. */
export async function findPython(): Promise<string | undefined> {
  const python = Deno.env.get("CHAT_TEST_PYTHON") ?? "python3";
  const probe = new Deno.Command(python, {
    args: ["-c", "import grpc, grpc_tools"],
    stderr: "null",
  });
  return (await probe.output().catch(() => ({ success: false }))).success ? python : undefined;
}

/** Starts the Python peer, which is shaped like the original. */
export function startPython(python: string): Promise<MeasuredServer> {
  return startPinned([python, `${ROOT}tests/interop/peers/original_server.py`]);
}

/** The options for starting and stopping a server. */
export interface StartOptions {
  /** The server's cores. Default: the one for servers. */
  readonly cores?: readonly number[];
  /** The signal that stops it. Default: SIGKILL. */
  readonly endBy?: Deno.Signal;
  /** Called once it has exited. */
  readonly tidy?: () => Promise<void>;
}

/** Starts a server that prints `listening on ADDRESS`, and waits for that line. */
export async function startPinned(
  command: readonly string[],
  options: StartOptions = {},
): Promise<MeasuredServer> {
  const { cores = [CORES.server], endBy = "SIGKILL", tidy } = options;
  const child = new Deno.Command("taskset", {
    args: ["-c", cores.join(","), ...command],
    stdout: "piped",
  }).spawn();
  // taskset execs the command, so the process id is that of the server itself.
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let address: string | undefined;
  while (!address) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`the server ended: ${text}`);
    address = /^listening on (\S+)$/m.exec(text += value)?.[1];
  }
  const draining = (async () => {
    while (!(await reader.read()).done);
  })();
  return measuredServer(child.pid, address, async () => {
    child.kill(endBy);
    await Promise.all([child.status, draining]);
    await tidy?.();
  });
}

/** A server that runs as a process with the given id, and is ended by `end`. */
export function measuredServer(
  pid: number,
  address: string,
  end: () => Promise<void>,
): MeasuredServer {
  return {
    pid,
    address,
    cpuSeconds: () => cpuSeconds(pid),
    async residentBytes() {
      return Number((await readProc(pid, "statm")).split(" ")[1]) * PAGE_BYTES;
    },
    [Symbol.asyncDispose]: end,
  };
}

/** Runs `task` and returns how busy it kept the two cores. */
export async function coreUse(
  server: Pick<MeasuredServer, "cpuSeconds">,
  task: () => Promise<void>,
): Promise<CoreUse> {
  const before = { server: await server.cpuSeconds(), load: await cpuSeconds(Deno.pid) };
  const start = performance.now();
  await task();
  const seconds = (performance.now() - start) / 1_000;
  return {
    server: (await server.cpuSeconds() - before.server) / seconds,
    load: (await cpuSeconds(Deno.pid) - before.load) / seconds,
  };
}

/** The processor time that a process has used so far, in seconds. */
export async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readProc(pid, "stat")).split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS; // utime and stime
}

/** Reads a file of /proc through `cat`: reading it directly would need all permissions. */
function readProc(pid: number, name: string): Promise<string> {
  return output("cat", [`/proc/${pid}/${name}`]);
}

async function output(command: string, args: string[]): Promise<string> {
  const { success, stdout } = await new Deno.Command(command, { args }).output();
  if (!success) throw new Error(`"${command} ${args.join(" ")}" failed`);
  return new TextDecoder().decode(stdout);
}
