import { runLoad } from "../../peers/load.ts";
import { Programs } from "../../peers/programs.ts";
import { type Found, Servers } from "../../peers/servers.ts";
import { byTurns, type Contest, OURS } from "../../peers/turns.ts";
import type { Scenario } from "../../support/measurement.ts";
import { temporaryFolder } from "../../support/server.ts";

/** The lengths of notes, in bytes, with their names. */
const SIZES = [[64, "64 B"], [1_024, "1 KB"], [9_216, "9 KB"]] as const;
const READERS = [1, 10, 100, 1_000] as const;

/** The time of a run, and of the warm-up before it. */
const TIME = "500ms";

/** The longest line of IRC, with the author and the channel. */
const IRC_LINE_BYTES = 512;

/** The threads of the Python chat, of which each reader occupies one. */
const PYTHON_THREADS = 10;

/** A server, and the kind of load that speaks its language. */
interface Entrant {
  readonly row: string;
  readonly peer: string;
  readonly server: Found;
  readonly impossible?: (readers: number, bytes: number) => string | undefined;
}

/** One author posts as fast as the answers allow, on all servers; all others read. */
export const peersFanout: Scenario = async ({ repeat }) => {
  await using folder = await temporaryFolder();
  const programs = new Programs(folder.path);
  const program = await programs.load();
  const entrants = await entrantsOf(new Servers(programs));
  const contests = SIZES.flatMap(([bytes, size]) =>
    READERS.flatMap((readers) =>
      entrants.map(({ row, peer, server, impossible }): Contest => ({
        row,
        column: `${readers.toLocaleString("en")} ${readers === 1 ? "reader" : "readers"}`,
        figures: [
          { key: "perSecond", table: `fan-out of ${size}`, unit: "deliveries/s" },
          {
            key: "perCoreSecond",
            table: `fan-out of ${size}, by the server's processor time`,
            unit: "deliveries/core-s",
          },
        ],
        server,
        impossible: impossible?.(readers, bytes),
        measure: (server) =>
          runLoad({
            program,
            command: "fanout",
            server,
            flags: { peer, readers, bytes, time: TIME },
          }),
      }))
    )
  );
  return await byTurns(contests, repeat);
};

async function entrantsOf(servers: Servers): Promise<Entrant[]> {
  return [
    { row: `${OURS}, memory, 256 posts a frame`, peer: "chat", server: servers.ours("memory") },
    { row: `${OURS}, SQLite, 256 posts a frame`, peer: "chat", server: servers.ours("SQLite") },
    { row: `${OURS}, memory, a post a frame`, peer: "chat-one", server: servers.ours("memory") },
    { row: `${OURS}, SQLite, a post a frame`, peer: "chat-one", server: servers.ours("SQLite") },
    { row: `${OURS}, memory, ChatStream`, peer: "chat-original", server: servers.ours("memory") },
    {
      row: "Python original",
      peer: "python",
      server: await servers.python(),
      impossible: (readers) =>
        readers >= PYTHON_THREADS ? `its ${PYTHON_THREADS} threads serve a call each` : undefined,
    },
    { row: "grpc-go", peer: "grpc", server: await servers.grpcGo() },
    { row: "nats-server", peer: "nats", server: await servers.nats() },
    {
      row: "ngircd",
      peer: "irc",
      server: await servers.ngircd(),
      impossible: (_, bytes) =>
        bytes >= IRC_LINE_BYTES ? `a line of IRC has at most ${IRC_LINE_BYTES} bytes` : undefined,
    },
    { row: "plain TCP", peer: "tcp", server: await servers.tcp() },
  ];
}
