import { assertEquals } from "@std/assert";
import { checkRetention } from "../../room/state/log.ts";
import { connectNats } from "../../server/cluster/nats.ts";
import type { ClusterLog } from "../../server/storage/cluster/log.ts";
import { ClusterLogs } from "../support/cluster/logs.ts";
import { runSteps } from "../support/cluster/run_steps.ts";
import { hasNats, Nats } from "../support/nats/nats.ts";
import { testLogs } from "../support/stores/logs.ts";
import { drafts, read } from "../support/stores/notes.ts";

const ignore = !(await hasNats());

/** The tests, which run on one node and on three. */
const CASES: [name: string, body: () => Promise<void>][] = [];

/** The nodes in use. */
let nats: Nats;
/** The number of chats so far: each test has its own. */
let chats = 0;

const connect = (name: string) => connectNats({ urls: nats.urls, name, startMs: 60_000 });

testLogs("ClusterLog", async (_folder, retention) => {
  checkRetention(retention);
  return new ClusterLogs(await connect(`chat-${++chats}`), { retention });
}, (name, body) => CASES.push([name, body]));

/** Registers a test of the logs that three servers have of one room. */
function testServers(name: string, body: (logs: ClusterLog[]) => Promise<void>): void {
  CASES.push([name, async () => {
    const name = `chat-${++chats}`;
    await using a = new ClusterLogs(await connect(name));
    await using b = new ClusterLogs(await connect(name));
    await using c = new ClusterLogs(await connect(name));
    await body(await Promise.all([a, b, c].map((logs) => logs.open("lobby"))));
    assertEquals([a, b, c].flatMap(({ errors }) => errors), []);
  }]);
}

/** Waits until all logs have everything, and returns what they have. */
async function contents(logs: readonly ClusterLog[]): Promise<string[][]> {
  const { signal } = new AbortController();
  return await Promise.all(logs.map(async (log) => {
    await log.reach(Infinity, signal);
    return await read(log);
  }));
}

testServers(
  "ClusterLog stores a note once that its author sends to two servers at once, 500 times",
  async (logs) => {
    // Ten authors at once: one after another, three nodes would take 20 seconds.
    const posted = Array.from({ length: 10 }, async (_, author) => {
      const lines: string[] = [];
      for (let i = 0; i < 50; i++) {
        const message = `${author} ${i}`;
        const batch = drafts(`${message}#${message}`);
        const both = await Promise.all(logs.slice(0, 2).map((log) => log.append(batch, i)));
        const [seq, other] = both.map(({ seqs }) => seqs[0]);
        assertEquals(seq, other);
        lines.push(`${seq} ${message}`);
      }
      return lines;
    });
    const acknowledged = (await Promise.all(posted)).flat();
    assertEquals(acknowledged.length, 500);
    const order = acknowledged.toSorted((a, b) => parseInt(a) - parseInt(b));
    assertEquals(await contents(logs), logs.map(() => order));
  },
);

testServers(
  "ClusterLog gives the notes of several servers one order, and authors the positions in it",
  async (logs) => {
    const posted = logs.map(async (log, server) => {
      const positions: string[] = [];
      for (let i = 0; i < 50; i++) {
        const { seqs } = await log.append(drafts(`${server} ${i} a`, `${server} ${i} b`), i);
        positions.push(`${seqs[0]} ${server} ${i} a`, `${seqs[1]} ${server} ${i} b`);
      }
      return positions;
    });
    const acknowledged = (await Promise.all(posted)).flat();
    const order = acknowledged.toSorted((a, b) => parseInt(a) - parseInt(b));
    assertEquals(await contents(logs), logs.map(() => order));
  },
);

for (const nodes of [1, 3] as const) {
  Deno.test({
    name: `logs in NATS, on ${nodes === 1 ? "one node" : "three nodes"}`,
    ignore,
    fn: async (test) => {
      await using started = await Nats.start({ nodes });
      nats = started;
      await runSteps(test, CASES);
    },
  });
}
