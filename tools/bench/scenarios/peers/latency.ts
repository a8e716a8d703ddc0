import { runLoad } from "../../peers/load.ts";
import { Programs } from "../../peers/programs.ts";
import { Servers } from "../../peers/servers.ts";
import { byTurns, type Contest, type Figure, OURS } from "../../peers/turns.ts";
import type { Scenario } from "../../support/measurement.ts";
import { temporaryFolder } from "../../support/server.ts";

const READERS = [10, 100] as const;

/** Notes a second; 0 stands for one note a turn. */
const RATES = [0, 10, 100, 1_000] as const;

/** The time of a run, and of the warm-up before it. */
const TIME = "1s";

/** One author posts by a fixed schedule, on all servers; the figures are times to the deliveries. */
export const peersLatency: Scenario = async ({ repeat }) => {
  await using folder = await temporaryFolder();
  const programs = new Programs(folder.path);
  const program = await programs.load();
  const servers = new Servers(programs);
  const entrants = [
    { row: `${OURS}, memory`, peer: "chat-one", server: servers.ours("memory") },
    { row: `${OURS}, SQLite`, peer: "chat-one", server: servers.ours("SQLite") },
    { row: "grpc-go", peer: "grpc", server: await servers.grpcGo() },
    { row: "nats-server", peer: "nats", server: await servers.nats() },
    { row: "ngircd", peer: "irc", server: await servers.ngircd() },
    { row: "plain TCP", peer: "tcp", server: await servers.tcp() },
  ];
  const contests = READERS.flatMap((readers) =>
    RATES.flatMap((rate) =>
      entrants.map(({ row, peer, server }): Contest => ({
        row,
        column: rate === 0 ? "one a turn" : `${rate.toLocaleString("en")} notes/s`,
        figures: [
          figure("p50", "p50", readers),
          figure("p99", "p99", readers),
          figure("p999", "p99.9", readers),
        ],
        server,
        measure: (server) =>
          runLoad({
            program,
            command: "latency",
            server,
            flags: { peer, readers, rate, time: TIME },
          }),
      }))
    )
  );
  return await byTurns(contests, repeat);
};

function figure(key: string, name: string, readers: number): Figure {
  return { key, table: `latency to ${readers} readers, ${name}`, unit: "ms" };
}
