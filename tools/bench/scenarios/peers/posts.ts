import { runLoad } from "../../peers/load.ts";
import { Programs } from "../../peers/programs.ts";
import { Servers } from "../../peers/servers.ts";
import { byTurns, type Contest, OURS } from "../../peers/turns.ts";
import type { Scenario } from "../../support/measurement.ts";
import { temporaryFolder } from "../../support/server.ts";

const AUTHORS = [1, 16] as const;

/** The time of a run, and of the warm-up before it. */
const TIME = "1s";

/** Authors post to stores that are on disk before they answer. */
export const peersPosts: Scenario = async ({ repeat }) => {
  await using folder = await temporaryFolder();
  const programs = new Programs(folder.path);
  const program = await programs.load();
  const servers = new Servers(programs);
  const [jetStream, postgresql] = [await servers.jetStream(), await servers.postgresql()];
  const entrants = [
    { row: `${OURS}, 256 posts a frame`, peer: "chat", server: servers.ours("SQLite") },
    { row: `${OURS}, a post a frame`, peer: "chat-one", server: servers.ours("SQLite") },
    { row: "JetStream, single", peer: "jetstream", server: jetStream },
    { row: "JetStream, batches of 256", peer: "jetstream-batched", server: jetStream },
    { row: "Redis stream", peer: "redis", server: await servers.redis() },
    { row: "PostgreSQL, single", peer: "postgresql", server: postgresql },
    { row: "PostgreSQL, 256 a transaction", peer: "postgresql-batched", server: postgresql },
  ];
  const contests = AUTHORS.flatMap((authors) =>
    entrants.map(({ row, peer, server }): Contest => ({
      row,
      column: authors === 1 ? "1 author" : `${authors} authors`,
      figures: [
        { key: "perSecond", table: "durable posts of 64 B", unit: "posts/s" },
        {
          key: "perCoreSecond",
          table: "durable posts of 64 B, by the server's processor time",
          unit: "posts/core-s",
        },
      ],
      server,
      measure: (server) =>
        runLoad({ program, command: "posts", server, flags: { peer, authors, time: TIME } }),
    }))
  );
  return await byTurns(contests, repeat);
};
