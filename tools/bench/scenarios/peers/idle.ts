import { type LoadResult, loadWords } from "../../peers/load.ts";
import { Programs } from "../../peers/programs.ts";
import { Servers } from "../../peers/servers.ts";
import { byTurns, type Contest, OURS } from "../../peers/turns.ts";
import type { Scenario } from "../../support/measurement.ts";
import { type MeasuredServer, temporaryFolder } from "../../support/server.ts";

const SESSIONS = [1_000, 5_000] as const;

/** The time that a server has to settle once all sessions have joined. */
const SETTLE_MS = 2_000;

/** The memory of sessions that nobody uses, each on its own connection. */
export const peersIdle: Scenario = async ({ repeat }) => {
  await using folder = await temporaryFolder();
  const programs = new Programs(folder.path);
  const program = await programs.load();
  const servers = new Servers(programs);
  const entrants = [
    { row: `${OURS}, session`, peer: "chat-rooms", server: servers.ours("memory") },
    { row: `${OURS}, ChatStream`, peer: "chat-original", server: servers.ours("memory") },
    { row: "bare grpc-js", peer: "chat-original", server: servers.bareGrpcJs() },
    { row: "grpc-go", peer: "grpc", server: await servers.grpcGo() },
    { row: "nats-server", peer: "nats", server: await servers.nats() },
  ];
  const contests = SESSIONS.flatMap((readers) =>
    entrants.map(({ row, peer, server }): Contest => ({
      row,
      column: `${readers.toLocaleString("en")} sessions`,
      figures: [{ key: "kilobytes", table: "memory of an idle session", unit: "KB" }],
      server,
      measure: (server) => sessionMemory(program, server, { peer, readers }),
    }))
  );
  return await byTurns(contests, repeat);
};

/** Has sessions join, and returns what each adds to the resident memory, in units of 1,000 bytes. */
async function sessionMemory(
  program: string,
  server: MeasuredServer,
  flags: { readonly peer: string; readonly readers: number },
): Promise<LoadResult> {
  const before = await server.residentBytes();
  const child = new Deno.Command("taskset", {
    args: loadWords({ program, command: "idle", server, flags }),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { done } = await reader.read(); // It says so once all have joined.
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const after = await server.residentBytes();
  await reader.cancel();
  await child.stdin.close();
  await child.status;
  if (done) throw new Error("the sessions cannot join");
  return { kilobytes: (after - before) / flags.readers / 1_000 };
}
