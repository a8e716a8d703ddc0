import { fileURLToPath } from "node:url";
import { DENO_RUN } from "../../build/project.ts";
import { formatValue, type Measurement, median, type Scenario } from "../support/measurement.ts";
import { connect, OriginalPeer } from "../support/peer.ts";
import { CORES, type LogKind, startPinned, temporaryFolder } from "../support/server.ts";

const PROGRAM = fileURLToPath(new URL("../../../mod.ts", import.meta.url));
const BARE = fileURLToPath(new URL("../support/bare.ts", import.meta.url));

/** The number of times that each server is started in one run. */
const STARTS = 20;
const MOST = 1.5;

/** The number of notes in the file before the measurement. */
const NOTES = 100;

/** The wait of a user who starts a server, next to the wait for a minimal server. */
export const accept: Scenario = async ({ repeat }) => {
  const allowed = ["--no-prompt", "-P=serve"]; // For the bare server too.
  await using folder = await temporaryFolder();
  const serve = [...allowed, PROGRAM, "serve", "--port", "0", "--quiet", "--log-level", "warn"];
  const bare = [...allowed, BARE];
  const ours: Record<LogKind, string[]> = {
    memory: [...serve, "--data", ":memory:"],
    SQLite: [...serve, "--data", `${folder.path}/bench.db`],
  };
  // Fills Deno's caches, and the file.
  await answered(bare);
  await answered(ours.memory);
  await answered([...ours.SQLite, "--rate", "0"], NOTES);

  const ratios: Record<LogKind, number[]> = { memory: [], SQLite: [] };
  const times: Record<LogKind | "bare", number[]> = { memory: [], SQLite: [], bare: [] };
  for (let run = 0; run < repeat; run++) {
    for (let start = 0; start < STARTS; start++) { // Alternates, so that all see one machine.
      times.memory.push(await answered(ours.memory));
      times.SQLite.push(await answered(ours.SQLite));
      times.bare.push(await answered(bare));
    }
    const latest = (server: keyof typeof times) => median(times[server].slice(-STARTS));
    for (const log of ["memory", "SQLite"] as const) ratios[log].push(latest(log) / latest("bare"));
  }
  return (["memory", "SQLite"] as const).map((log): Measurement => ({
    name: `chat serve, ${log}, from start to the first answer`,
    runs: ratios[log],
    unit: "× bare",
    target: { atMost: MOST },
    beside: `${formatValue(median(times[log]))} ms, bare grpc-js ${
      formatValue(median(times.bare))
    } ms`,
  }));
};

/**
 * Measures the milliseconds from a server's start until it has answered the given number of
 * `SendNote` calls. The client connects once the server prints its address. The server runs on all
 * cores, as it does for users.
 */
async function answered(program: readonly string[], calls = 1): Promise<number> {
  const start = performance.now();
  await using server = await startPinned(
    [...DENO_RUN, ...program],
    // Stopped gracefully, so that its file is left in order.
    { cores: [CORES.server, CORES.load], endBy: "SIGTERM" },
  );
  using client = new OriginalPeer(connect(server.address));
  for (let number = 1; number <= calls; number++) await client.say(number);
  return performance.now() - start;
}
