/**
 * A server to measure: in a process of its own, on a core of its own.
 *
 * @module
 */

const ROOT = new URL("../", import.meta.url).pathname;

/** The core that servers get, and the one that the load gets. */
export const CORES = { server: 0, load: 1 } as const;

/** A running server, ended when it is disposed. */
export interface MeasuredServer extends AsyncDisposable {
  /** Where it listens. */
  readonly address: string;
  /** The processor time that it has used so far, in seconds. */
  cpuSeconds(): Promise<number>;
  /** The memory that it holds now, in bytes. */
  residentBytes(): Promise<number>;
}

/** Starts `chat serve` with `args`. */
export function startOurs(args: string[] = []): Promise<MeasuredServer> {
  const config = import.meta.resolve("@std/assert").startsWith("jsr:") ? "" : "npm_only/";
  const run = ["run", "-q", "-c", `${ROOT}${config}deno.json`, "-A", `${ROOT}mod.ts`];
  return startPinned([Deno.execPath(), ...run, "serve", "--quiet", "--port", "0", ...args]);
}

/** The Python with grpcio to measure against; undefined if there is none. */
export async function findPython(): Promise<string | undefined> {
  const python = Deno.env.get("CHAT_TEST_PYTHON") ?? "python3";
  const probe = new Deno.Command(python, {
    args: ["-c", "import grpc, grpc_tools"],
    stderr: "null",
  });
  return (await probe.output().catch(() => ({ success: false }))).success ? python : undefined;
}

/** Starts the Python peer, which has the shape of the original. */
export function startPython(python: string): Promise<MeasuredServer> {
  return startPinned([python, `${ROOT}tests/peers/original_server.py`]);
}

async function startPinned(command: string[]): Promise<MeasuredServer> {
  const child = new Deno.Command("taskset", {
    args: ["-c", `${CORES.server}`, ...command],
    stdout: "piped",
  }).spawn();
  // taskset becomes the command, so the process id is that of the server itself.
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let address: string | undefined;
  while (!address) {
    const { done, value } = await output.read();
    if (done) throw new Error(`the server ended: ${text}`);
    address = /^listening on (\S+)$/m.exec(text += value)?.[1];
  }
  const draining = (async () => {
    while (!(await output.read()).done);
  })();
  return {
    address,
    async cpuSeconds() {
      const fields = (await readProc(child.pid, "stat")).split(") ")[1]!.split(" ");
      return (Number(fields[11]) + Number(fields[12])) / 100; // utime and stime, in 1/100 s
    },
    async residentBytes() {
      return Number((await readProc(child.pid, "statm")).split(" ")[1]) * 4096;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await Promise.all([child.status, draining]);
    },
  };
}

/** Reads a file of /proc by way of `cat`: reading it itself would take all permissions. */
async function readProc(pid: number, name: string): Promise<string> {
  const { stdout } = await new Deno.Command("cat", { args: [`/proc/${pid}/${name}`] }).output();
  return new TextDecoder().decode(stdout);
}
