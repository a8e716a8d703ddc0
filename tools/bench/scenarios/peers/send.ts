import { fileURLToPath } from "node:url";
import { type LoadResult, runPinned } from "../../peers/load.ts";
import { type Program, Programs } from "../../peers/programs.ts";
import { type Found, Servers } from "../../peers/servers.ts";
import { byTurns, type Contest, OURS } from "../../peers/turns.ts";
import { installed, PATH } from "../../support/installed.ts";
import { median, type Scenario } from "../../support/measurement.ts";
import { CORES, temporaryFolder } from "../../support/server.ts";

const PROTO = fileURLToPath(new URL("../../../../proto", import.meta.url));

/** How often each command is started in a turn; the figure is the median. */
const STARTS = 10;

/** One note from a shell, by a process that ends with it. */
export const peersSend: Scenario = async ({ repeat }) => {
  await using folder = await temporaryFolder();
  const programs = new Programs(folder.path);
  const program = await programs.load();
  const servers = new Servers(programs);
  const chat = await installed(folder.path);
  const ours = servers.ours("memory");
  const note = '{"name": "bench", "message": "hello"}';
  const entrants: [row: string, Program, Found, args: (address: string) => string[]][] = [
    [
      `${OURS} send`,
      { path: chat },
      ours,
      (address) => ["send", "--server", address, "--name", "bench", "hello"],
    ],
    [
      `curl to ${OURS}`,
      await programs.installed("curl", "--version"),
      ours,
      (address) => ["-sSf", "-d", "hello", `http://${address}/rooms/lobby/notes?name=bench`],
    ],
    [
      `grpcurl to ${OURS}`,
      await programs.built("grpcurl"),
      ours,
      (address) => [
        ...["-plaintext", "-import-path", PROTO, "-proto", "chat.proto", "-d", note],
        ...[address, "grpc.ChatServer/SendNote"],
      ],
    ],
    [
      "nats pub to nats-server",
      await programs.built("nats"),
      await servers.nats(),
      (address) => ["--server", `nats://${address}`, "pub", "bench", "hello"],
    ],
  ];
  const contests = entrants.map(([row, command, server, args]): Contest => ({
    row,
    column: "one note",
    figures: [
      { key: "ms", table: "cold send, time", unit: "ms" },
      { key: "cpuMs", table: "cold send, processor time", unit: "ms" },
    ],
    server: "missing" in command ? command : server,
    measure: ({ address }) => {
      if ("missing" in command) throw new Error(command.missing);
      return starts(program, folder.path, [command.path, ...args(address)]);
    },
  }));
  return await byTurns(contests, repeat);
};

/** Starts a command again and again, and returns the medians, after a start that does not count. */
async function starts(
  program: string,
  home: string,
  command: readonly string[],
): Promise<LoadResult> {
  const results: LoadResult[] = [];
  const cores = `${CORES.server},${CORES.load}`; // All, as for users.
  const env = [`XDG_CONFIG_HOME=${home}`, `PATH=${PATH}`]; // The key of the sender; Deno.
  for (let start = 0; start <= STARTS; start++) {
    results.push(await runPinned(["-c", cores, "env", ...env, program, "start", "--", ...command]));
  }
  const of = (key: "ms" | "cpuMs") => median(results.slice(1).map((result) => result[key]!));
  return { ms: of("ms"), cpuMs: of("cpuMs") };
}
