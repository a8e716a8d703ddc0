import { Author, type Burst } from "../support/author.ts";
import { KnownFrames } from "../support/checker.ts";
import { BURST } from "../support/clients.ts";
import { type ClusterServerOptions, startClusterServer } from "../support/cluster_servers.ts";
import { startEngine } from "../support/engine.ts";
import type { Measurement, Scenario } from "../support/measurement.ts";
import { connect, Member } from "../support/peer.ts";
import { CORES, temporaryFolder } from "../support/server.ts";

const ROOM = "history";

/** A room with a long history, and how it was posted. */
interface History {
  readonly notes: number;
  readonly burst: Burst;
}

const LARGE: History = { notes: 1_000_000, burst: BURST };
/** Ten notes to a batch: the smaller the batches, the longer it takes to read them. */
const SMALL: History = { notes: 100_000, burst: { window: 10, frame: 10 } };

const MAX_SECONDS = 2;

/** Opening a room with a history on a server that has just started, with its replica or without. */
export const clusterOpen: Scenario = async ({ repeat }) => {
  await using engine = await startEngine({ nodes: 1, sync: "2m" }, CORES.server);
  await using folder = await temporaryFolder();
  const kept = { engine, chat: "large", data: `${folder.path}/replica.db` };
  const setups = [
    { name: "with a replica", chat: kept, history: LARGE, target: { atMost: MAX_SECONDS } },
    { name: "without a replica", chat: { engine, chat: "large" }, history: LARGE },
    { name: "without a replica", chat: { engine, chat: "small" }, history: SMALL },
  ];
  await post(kept, LARGE);
  await post({ engine, chat: "small" }, SMALL);
  const seconds = setups.map((): number[] => []);
  for (let run = 0; run < repeat; run++) {
    for (const [i, { chat, history }] of setups.entries()) {
      seconds[i]!.push(await open(chat, history));
    }
  }
  return setups.map(({ name, history: { notes, burst }, target }, i): Measurement => ({
    name: `opening a room of ${notes.toLocaleString("en")} notes ${name}`,
    runs: seconds[i]!,
    unit: "s",
    ...(target && { target }),
    beside: `posted ${burst.frame} at a time`,
  }));
};

/** Starts a server, posts a history, and stops the server gracefully. */
async function post(chat: ClusterServerOptions, { notes, burst }: History): Promise<void> {
  await using server = await startClusterServer({ ...chat, endBy: "SIGTERM" });
  const options = { room: ROOM };
  using member = await Member.join(connect(server.address), "author", new KnownFrames(), options);
  await new Author(member).burst(notes, burst);
  await member.has(notes);
}

/** Starts a server, and returns the seconds from a join to its first note. */
async function open(chat: ClusterServerOptions, { notes }: History): Promise<number> {
  await using server = await startClusterServer({ ...chat, endBy: "SIGTERM" });
  const start = performance.now();
  using reader = new Member(connect(server.address), "reader", new KnownFrames(), { room: ROOM });
  await reader.has(1);
  const seconds = (performance.now() - start) / 1_000;
  await reader.has(notes);
  return seconds;
}
