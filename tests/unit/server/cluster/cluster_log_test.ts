import { assert, assertEquals, assertRejects } from "@std/assert";
import { decodeBatch, encodeBatch } from "../../../../proto/batch.ts";
import type { JoinMessage } from "../../../../proto/mod.ts";
import { ChatError } from "../../../../room/errors.ts";
import type { Log } from "../../../../room/state/log.ts";
import { Room } from "../../../../room/state/room.ts";
import { Wakeup } from "../../../../room/wakeup.ts";
import type { Entry } from "../../../../server/cluster/engine.ts";
import { nextTick } from "../../../../server/event_loop.ts";
import { startPosition } from "../../../../server/session/start_position.ts";
import { MemoryLog } from "../../../../server/storage/memory/log.ts";
import { ClusterLog } from "../../../../server/storage/cluster/log.ts";
import { ClusterLogs, type ClusterLogsOptions, roomKey } from "../../../support/cluster/logs.ts";
import { MemoryCluster, type MemoryEngine } from "../../../support/cluster/memory_engine.ts";
import { ALL, drafts, read } from "../../../support/stores/notes.ts";

const KEY = roomKey("lobby");
const { signal } = new AbortController();

/** A server of a test. */
interface Server extends AsyncDisposable {
  readonly engine: MemoryEngine;
  readonly logs: ClusterLogs;
  readonly log: ClusterLog;
}

async function startServer(
  cluster: MemoryCluster,
  options: ClusterLogsOptions = {},
): Promise<Server> {
  const engine = cluster.connect();
  const logs = new ClusterLogs(engine, options);
  const log = await logs.open("lobby");
  return { engine, logs, log, [Symbol.asyncDispose]: () => logs[Symbol.asyncDispose]() };
}

/** Waits until a server has everything that the others have appended. */
async function sync(...servers: Server[]): Promise<void> {
  for (const { log } of servers) await log.reach(Infinity, signal);
}

/** Waits until a server has purged the journal. */
function nextPurge({ engine: { journals: { notes } } }: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const purge = notes.purge.bind(notes);
  notes.purge = async (...args) => {
    await purge(...args);
    resolve();
  };
  return promise;
}

const entries = ({ engine }: Server) => engine.journals.notes.read(1, 10_000, KEY);

Deno.test("ClusterLog stores a note once that its author sends to two servers at once, 500 times", async () => {
  const cluster = new MemoryCluster();
  await using a = await startServer(cluster);
  await using b = await startServer(cluster);
  for (let i = 0; i < 500; i++) {
    const appended = await Promise.all([a, b].map(({ log }) => log.append(drafts(`n#${i}`), i)));
    assertEquals(appended.map(({ seqs }) => seqs), [[i + 1], [i + 1]]);
    assertEquals(appended.flatMap(({ notes }) => notes).length, 1);
  }
  await sync(a, b);
  assertEquals([a.log.head, b.log.head], [500, 500]);
  assertEquals(await read(a.log), await read(b.log));
});

Deno.test("ClusterLog gives the notes of several servers one order, and authors the positions in it", async () => {
  const cluster = new MemoryCluster();
  const servers = await Promise.all(["a", "b", "c"].map(() => startServer(cluster)));
  const posted = servers.map(async ({ log }, server) => {
    const positions: string[] = [];
    for (let i = 0; i < 100; i++) {
      const texts = Array.from({ length: 1 + i % 3 }, (_, j) => `${server} ${i} ${j}`);
      const { seqs } = await log.append(drafts(...texts), i);
      positions.push(...seqs.map((seq, j) => `${seq} ${texts[j]}`));
    }
    return positions;
  });
  const acknowledged = (await Promise.all(posted)).flat();
  await sync(...servers);
  const order = await read(servers[0]!.log);
  for (const { log } of servers) assertEquals(await read(log), order);
  const inOrder = acknowledged.toSorted((a, b) => parseInt(a) - parseInt(b));
  assertEquals(inOrder, order);
  for (const server of servers) await server[Symbol.asyncDispose]();
});

Deno.test("ClusterLog.follow() reports the notes of other servers in order, and each note once", async () => {
  const cluster = new MemoryCluster();
  await using a = await startServer(cluster);
  await using b = await startServer(cluster);
  const seen = [a, b].map(({ log }) => {
    const seqs: number[] = [];
    log.follow((notes) => seqs.push(...notes.map(({ seq }) => seq)));
    return seqs;
  });
  for (let i = 0; i < 20; i++) {
    const both = await Promise.all([a, b].map(({ log }) => log.append(drafts("n", "n"), i)));
    both.forEach(({ notes }, server) => seen[server]!.push(...notes.map(({ seq }) => seq)));
  }
  await sync(a, b);
  for (const seqs of seen) {
    assertEquals(seqs.toSorted((a, b) => a - b), Array.from({ length: 80 }, (_, i) => i + 1));
  }
});

Deno.test("ClusterLog stores a note once whose answer was lost", async () => {
  const cluster = new MemoryCluster();
  await using a = await startServer(cluster);
  await using b = await startServer(cluster);
  await b.log.append(drafts("first"), 0);
  cluster.fail("notes", "stored, not answered");
  assertEquals((await a.log.append(drafts("a", "b#1"), 0)).seqs, [2, 3]);
  cluster.fail("notes", "not stored, not answered", "not stored, not answered");
  assertEquals((await b.log.append(drafts("c"), 0)).seqs, [4]);
  cluster.fail("notes", "not stored, not answered", "stored, not answered");
  assertEquals((await b.log.append(drafts("d"), 0)).seqs, [5]);
  cluster.fail("notes", "late, not answered");
  assertEquals((await b.log.append(drafts("e"), 0)).seqs, [6]);
  cluster.arriveLate("notes");
  await sync(a, b);
  const all = ["1 first", "2 a", "3 b", "4 c", "5 d", "6 e"];
  assertEquals([await read(a.log), await read(b.log)], [all, all]);
});

Deno.test("ClusterLog refuses a note that the engine does not answer for; if it is stored, it appears, and its author finds it", async () => {
  const cluster = new MemoryCluster();
  await using a = await startServer(cluster, { times: { appendMs: 0 } });
  await using b = await startServer(cluster);
  const followed: string[] = [];
  a.log.follow((notes) => followed.push(...notes.map(({ message }) => message)));
  cluster.fail("notes", "late, not answered");
  const error = await assertRejects(() => a.log.append(drafts("a#1"), 0), ChatError);
  assertEquals([error.code, a.log.head], ["unavailable", 0]);
  cluster.arriveLate("notes");
  await sync(a, b);
  assertEquals([followed, await read(b.log)], [["a"], ["1 a"]]);
  for (const { log } of [a, b]) {
    assertEquals(await log.append(drafts("a#1"), 0), { seqs: [1], notes: [] });
  }
});

Deno.test("ClusterLog stores nothing late once a later note was stored", async () => {
  const cluster = new MemoryCluster();
  await using a = await startServer(cluster, { times: { appendMs: 0 } });
  cluster.fail("notes", "late, not answered");
  await assertRejects(() => a.log.append(drafts("a#1"), 0), ChatError);
  assertEquals((await a.log.append(drafts("a#1"), 0)).seqs, [1]);
  cluster.arriveLate("notes");
  await sync(a);
  assertEquals(await read(a.log), ["1 a"]);
});

Deno.test("ClusterLog waits for what it has not received before it appends", async () => {
  const cluster = new MemoryCluster();
  await using a = await startServer(cluster);
  await using b = await startServer(cluster);
  b.engine.journals.notes.pause();
  await a.log.append(drafts("a#1", "b#2"), 0);
  const appended = b.log.append(drafts("b#2", "c#3"), 0);
  await a.log.append(drafts("d#4"), 0);
  assertEquals(b.log.head, 0);
  b.engine.journals.notes.resume();
  assertEquals((await appended).seqs, [2, 4]);
  await sync(a, b);
  assertEquals(await read(a.log), ["1 a", "2 b", "3 d", "4 c"]);
  assertEquals(await read(b.log), await read(a.log));
});

Deno.test("ClusterLog has all notes if it is opened while others append", async () => {
  const cluster = new MemoryCluster();
  await using a = await startServer(cluster);
  await a.log.append(drafts("1", "2", "3"), 0);
  const opening = startServer(cluster);
  await Promise.all([a.log.append(drafts("4"), 0), a.log.append(drafts("5"), 0)]);
  await using b = await opening;
  await sync(b);
  assertEquals([b.log.first, await read(b.log)], [1, ["1 1", "2 2", "3 3", "4 4", "5 5"]]);
  assertEquals((await b.log.append(drafts("6"), 0)).seqs, [6]);
});

Deno.test("ClusterLog reads again until it has the newest note, if nodes are behind", async () => {
  const cluster = new MemoryCluster();
  await using a = await startServer(cluster);
  await a.log.append(drafts("a"), 0);
  await a.log.append(drafts("b"), 0);
  for (const stale of [1, 2, 3]) {
    cluster.makeReadsStale("notes", stale);
    await using b = await startServer(cluster);
    assertEquals(await read(b.log), ["1 a", "2 b"]);
  }
});

Deno.test("ClusterLog reads what its listener has missed, also from nodes that are behind", async () => {
  const cluster = new MemoryCluster();
  await using a = await startServer(cluster);
  await using b = await startServer(cluster);
  b.engine.journals.notes.pause();
  for (const text of ["a", "b", "c"]) await a.log.append(drafts(text), 0);
  b.engine.journals.notes.resumeWithGap();
  cluster.makeReadsStale("notes", 2);
  await a.log.append(drafts("d"), 0);
  await sync(b);
  assertEquals(await read(b.log), ["1 a", "2 b", "3 c", "4 d"]);
});

Deno.test("ClusterLog goes on at the oldest note that the journal still has", async () => {
  const cluster = new MemoryCluster();
  await using a = await startServer(cluster, { retention: { notes: 2 }, times: { purgeMs: 0 } });
  await using b = await startServer(cluster);
  await a.log.append(drafts("a"), 0);
  await sync(b);
  b.engine.journals.notes.pause();
  for (const text of ["b", "c", "d", "e"]) await a.log.append(drafts(text), 0);
  await a.log.trim(0, 100);
  await a.log.close();
  b.engine.journals.notes.resumeWithGap();
  await using c = await startServer(cluster);
  assertEquals([c.log.first, c.log.head, c.log.known], [4, 5, 4]);
  await c.log.append(drafts("f"), 0);
  await sync(b);
  assertEquals(await read(b.log), ["4 d", "5 e", "6 f"]);
});

Deno.test("ClusterLog.reach() waits for a note that another server has", async () => {
  const cluster = new MemoryCluster();
  await using a = await startServer(cluster);
  await using b = await startServer(cluster);
  b.engine.journals.notes.pause();
  await a.log.append(drafts("a", "b", "c"), 0);
  const reached = b.log.reach(3, signal).then(() => b.log.head);
  b.engine.journals.notes.resume();
  assertEquals(await reached, 3);
});

Deno.test("ClusterLog.reach() does not wait for a note that no server has, nor longer than its bound", async () => {
  const cluster = new MemoryCluster();
  await using a = await startServer(cluster, { times: { reachMs: 0 } });
  await using b = await startServer(cluster);
  await b.log.reach(99, signal);
  a.engine.journals.notes.pause();
  await b.log.append(drafts("a"), 0);
  const late = await assertRejects(() => a.log.reach(1, signal), ChatError);
  assertEquals(late.code, "unavailable");
  b.engine.journals.notes.isReachable = false;
  const lost = await assertRejects(() => b.log.reach(2, signal), ChatError);
  assertEquals(lost.code, "unavailable");
});

Deno.test("startPosition() continues after a note that another server has shown, once this one has it", async () => {
  const cluster = new MemoryCluster();
  await using a = await startServer(cluster);
  await using b = await startServer(cluster);
  const [ahead, behind] = [await openRoom(a.log), await openRoom(b.log)];
  b.engine.journals.notes.pause();
  await ahead.post(drafts("a", "b", "c"));
  const join = { after: { history: ahead.history, seq: 2 } } as JoinMessage;
  const start = startPosition(join, behind, undefined, signal);
  b.engine.journals.notes.resume();
  assertEquals((await behind.segmentAt(await start))?.notes.map(({ message }) => message), ["c"]);
});

Deno.test("Rooms of two servers show their readers the same notes in the same order, as they come", async () => {
  const cluster = new MemoryCluster();
  await using a = await startServer(cluster);
  await using b = await startServer(cluster);
  const rooms = [await openRoom(a.log), await openRoom(b.log)];
  const reads = rooms.map(async (room) => {
    const seen: string[] = [];
    for await (const { notes } of room.read(1, new Wakeup(), signal)) {
      seen.push(...notes.map(({ seq, message }) => `${seq} ${message}`));
      if (seen.length >= 200) return seen;
    }
    return seen;
  });
  for (let i = 0; i < 100; i++) {
    await Promise.all(rooms.map((room, server) => room.post(drafts(`${server} ${i}`))));
  }
  const [one, other] = await Promise.all(reads);
  assertEquals(one, other);
  assertEquals(one!.map(parseFloat), Array.from({ length: 200 }, (_, i) => i + 1));
});

Deno.test("ClusterLog keeps times in order, whatever the servers' clocks say", async () => {
  const cluster = new MemoryCluster();
  await using a = await startServer(cluster);
  await using b = await startServer(cluster);
  await a.log.append(drafts("a"), 1_000);
  await sync(b);
  await b.log.append(drafts("b"), 10);
  await Promise.all([a.log.append(drafts("c"), 2_000), b.log.append(drafts("d"), 20)]);
  await sync(a, b);
  const times = (await a.log.read(1, ALL)).map(({ time }) => time);
  assertEquals(times, times.toSorted((a, b) => a - b));
  assertEquals([times[0], times[1], times.at(-1)], [1_000, 1_000, 2_000]);
});

Deno.test("ClusterLog splits drafts over as many entries as they need", async () => {
  const cluster = new MemoryCluster();
  const maxBytes = 1_000;
  await using a = await startServer(cluster, { maxBytes });
  await using b = await startServer(cluster);
  const texts = Array.from({ length: 50 }, (_, i) => `${i} ${"é".repeat(i)}#${i}`);
  const { seqs, notes } = await a.log.append(drafts(...texts, "again#7"), 0);
  assertEquals([seqs.at(-2), seqs.at(-1), notes.length], [50, 8, 50]);
  await sync(b);
  assertEquals(await b.log.read(1, ALL), [...notes]);
  const sizes = (await entries(a)).map(({ data }) => data.length);
  assert(sizes.length > 5 && Math.max(...sizes) <= maxBytes, `${sizes}`);
  const error = await assertRejects(() => a.log.append(drafts("x".repeat(1_000)), 0), ChatError);
  assertEquals(error.code, "too_large");
  assert(error.message.endsWith("have at most 1,000"), error.message);
});

Deno.test("ClusterLog keeps to the size of entries that an administrator has lowered", async () => {
  await using a = await startServer(new MemoryCluster());
  await a.log.append(drafts("1"), 0);
  a.engine.maxEntryBytes = 1_000;
  await a.log.append(drafts(...Array.from({ length: 20 }, () => "x".repeat(100))), 0);
  assert((await entries(a)).every(({ data }) => data.length <= 1_000));
});

Deno.test("ClusterLog passes over the batches of other histories", async () => {
  const cluster = new MemoryCluster();
  await using a = await startServer(cluster);
  const old = { first: 8, time: 9, history: "removed", attempt: "x", notes: drafts("old#1") };
  await a.engine.journals.notes.append(KEY, encodeBatch(old));
  await using b = await startServer(cluster);
  assertEquals((await a.log.append(drafts("new#1"), 0)).seqs, [1]);
  await a.engine.journals.notes.append(KEY, encodeBatch(old));
  assertEquals((await b.log.append(drafts("newer"), 0)).seqs, [2]);
  await sync(a);
  assertEquals(await read(a.log), ["1 new", "2 newer"]);
});

Deno.test("a note is not before those of a batch with several times", async () => {
  const cluster = new MemoryCluster();
  await using a = await startServer(cluster);
  const notes = drafts("a", "b").map((draft, i) => ({ ...draft, later: i * 5 }));
  const batch = { first: 1, time: 7, history: a.log.history, attempt: "x", notes };
  await a.engine.journals.notes.append(KEY, encodeBatch(batch));
  await sync(a);
  await a.log.append(drafts("c"), 8);
  assertEquals((await a.log.read(1, ALL)).map(({ time }) => time), [7, 12, 12]);
});

Deno.test("ClusterLog passes over an entry that is no batch, with one clear error", async () => {
  const cluster = new MemoryCluster();
  const retention = { notes: 2 };
  await using a = await startServer(cluster, { retention, times: { purgeMs: 0 } });
  await a.log.append(drafts("1"), 0);
  await a.engine.journals.notes.append(KEY, new Uint8Array([255]));
  await a.log.append(drafts("2"), 0);
  await using b = await startServer(cluster);
  await b.log.append(drafts("3"), 0);
  await sync(a, b);
  assertEquals([await read(a.log), await read(b.log)], [["2 2", "3 3"], ["1 1", "2 2", "3 3"]]);
  const words = `The entry 2 of "${KEY}" in the servers' journal is no batch of notes`;
  assertEquals([a.logs.errors, b.logs.errors], Array(2).fill([`${words}: it is passed over`]));
  const purged = nextPurge(a);
  await a.log.trim(0, 10);
  await purged;
  assertEquals((await entries(a)).map(({ seq }) => seq), [3, 4]);
});

Deno.test("ClusterLog stops serving a room whose positions do not fit, with one clear error", async () => {
  const cluster = new MemoryCluster();
  await using a = await startServer(cluster);
  const [{ history }] = [a.log];
  await a.log.append(drafts("a", "b"), 0);
  const wrong = { first: 2, time: 9, history, attempt: "x", notes: drafts("c") };
  await a.engine.journals.notes.append(KEY, encodeBatch(wrong));
  const words = "starts at 2, but 2 are there";
  await assertRejects(() => a.log.append(drafts("d"), 0), ChatError, words);
  await assertRejects(() => a.log.read(1, ALL), ChatError, words);
  assertEquals([a.logs.errors.length, a.log.head], [1, 2]);
  await assertRejects(() => startServer(cluster), ChatError, words);
});

Deno.test("ClusterLog applies a batch as it is, also where an older note of the same id is kept longer", async () => {
  const cluster = new MemoryCluster();
  await using short = await startServer(cluster, { retention: { ageMs: 10 } });
  await using long = await startServer(cluster);
  await short.log.append(drafts("a#1"), 0);
  await sync(long);
  await short.log.trim(10, 100);
  assertEquals((await short.log.append(drafts("a#1", "b"), 10)).seqs, [2, 3]);
  await sync(long);
  assertEquals(await read(long.log), ["1 a", "2 a", "3 b"]);
});

Deno.test("ClusterLog purges the journal of dropped notes, and goes on with its numbering", async () => {
  const cluster = new MemoryCluster();
  const options = { retention: { ageMs: 10 }, times: { purgeMs: 0 } };
  await using a = await startServer(cluster, options);
  await using b = await startServer(cluster, options);
  for (let i = 0; i < 30; i++) await a.log.append(drafts(`${i}`), i);
  await sync(b);
  const purged = [nextPurge(a), nextPurge(b)];
  assertEquals(await a.log.trim(30, 100), 21);
  await purged[0];
  const kept = (await entries(a)).map(({ data }) => decodeBatch(data));
  assertEquals(kept.map(({ first }) => first), [22, 23, 24, 25, 26, 27, 28, 29, 30]);
  assertEquals(b.log.first, 1, "this server's turn comes later");
  assertEquals(await b.log.trim(50, 100), 30);
  await purged[1];
  const left = (await entries(b)).map(({ data }) => decodeBatch(data));
  assertEquals(left.map(({ first, notes }) => [first, notes.length]), [[31, 0]]);
  await using c = await startServer(cluster, options);
  assertEquals([c.log.first, c.log.head], [31, 30]);
  assertEquals((await c.log.append(drafts("x"), 51)).seqs, [31]);
});

Deno.test("ClusterLog drops no notes whose age is only by the fast clock of a server", async () => {
  const cluster = new MemoryCluster();
  const options = { retention: { ageMs: 10 }, times: { purgeMs: 0 } };
  await using fast = await startServer(cluster, options);
  await fast.log.append(drafts("1"), 5);
  fast.engine.journals.notes.now = 14;
  assertEquals(await fast.log.trim(1_000, 100), 0);
  fast.engine.journals.notes.now = 2_000;
  assertEquals(await fast.log.trim(14, 100), 0); // Nor by the one of a node.
  assertEquals(await fast.log.trim(15, 100), 1);
});

Deno.test("ClusterLog goes on in a new room whose predecessor's notes are purged late", async () => {
  const cluster = new MemoryCluster();
  const { notes } = cluster.connect().journals;
  const batch = { first: 1, time: 0, history: "the old one", attempt: "x", notes: drafts("old") };
  await notes.append(KEY, encodeBatch(batch));
  await using a = await startServer(cluster, { times: { appendMs: 500 } });
  await notes.purge(KEY, Infinity);
  assertEquals((await a.log.append(drafts("1"), 0)).seqs, [1]);
});

Deno.test("ClusterLog stops serving a room whose notes an administrator has purged", async () => {
  await using a = await startServer(new MemoryCluster());
  await a.log.append(drafts("1"), 0);
  await a.engine.journals.notes.purge(KEY, Infinity);
  const error = await assertRejects(() => a.log.append(drafts("2"), 0), ChatError);
  const words = "its entries up to 1 were deleted";
  assertEquals(error.message, `Cannot serve room "lobby": ${words}`);
  assertEquals(a.logs.errors, [error.message]);
});

Deno.test("ClusterLog does not purge the notes of a new room that this server has not heard of", async () => {
  const cluster = new MemoryCluster();
  const options = { retention: { ageMs: 10 }, times: { purgeMs: 0 } };
  await using a = await startServer(cluster, options);
  await a.log.append(drafts("old"), 0);
  await a.log.append(drafts("older"), 0);
  const { notes } = a.engine.journals;
  for (const first of [1, 2]) {
    const batch = { first, time: 9, history: "new", attempt: `${first}`, notes: drafts("new") };
    await notes.append(KEY, encodeBatch(batch));
  }
  const purged = nextPurge(a);
  await a.log.trim(50, 100);
  await purged;
  const left = (await entries(a)).map(({ data }) => decodeBatch(data).history);
  assertEquals(left.filter((history) => history === "new").length, 2);
});

Deno.test("ClusterLog catches up without a question of its own to the engine", async () => {
  const cluster = new MemoryCluster();
  await using a = await startServer(cluster);
  await using b = await startServer(cluster);
  const { notes } = b.engine.journals;
  await a.log.append(drafts("1"), 0);
  notes.newest = () => Promise.reject(new Error("a question for one room"));
  await b.log.reach(Infinity, signal);
  assertEquals(await read(b.log), ["1 1"]);
});

Deno.test("ClusterLog hides private notes on every server", async () => {
  const cluster = new MemoryCluster();
  await using a = await startServer(cluster);
  await using b = await startServer(cluster);
  const whisper = { kind: "whisper", to: "bob", author: "guest 1", reader: "guest 2" } as const;
  await a.log.append([...drafts("1"), { ...drafts("2")[0]!, ...whisper }], 0);
  await sync(b);
  const hidden = ["guest 1", "guest 3", undefined].map((who) => b.log.hidden(1, 9, who, 9));
  assertEquals(await Promise.all(hidden), [[], [2], [2]]);
  assertEquals([b.log.known, b.log.origins.get("before")], [1, 0]);
});

/** Opens a log with a replica that a test changes, and collects its failures. */
async function openOn(
  replica: MemoryLog,
  cluster: MemoryCluster,
  afterFirst = () => Promise.resolve(),
) {
  const engine = cluster.connect();
  const failures: string[] = [];
  const log = await ClusterLog.open({
    ...{ room: "lobby", journal: engine.journals.notes, key: KEY },
    ...{ history: replica.history, origins: new Map() },
    replica: () => Promise.resolve(replica),
    beforeFirst: () => Promise.resolve(),
    afterFirst,
    maxBytes: () => 1_000,
    onError: (error) => {
      throw error;
    },
    onFailure: ({ message }) => failures.push(message),
  });
  return { engine, log, failures, [Symbol.asyncDispose]: () => log.close() };
}

const EVERYTHING = { notes: 10_000, ageMs: Infinity, bytes: Infinity };

Deno.test("ClusterLog fails if its replica cannot store a note, and says so to its author", async () => {
  const cluster = new MemoryCluster();
  await using other = await startServer(cluster);
  const replica = new MemoryLog(EVERYTHING, { history: other.log.history });
  await using full = await openOn(replica, cluster);
  const words = 'Cannot serve room "lobby": the disk is full';
  replica.extend = () => Promise.reject(new ChatError("unavailable", "the disk is full"));
  const error = await assertRejects(() => full.log.append(drafts("a#1"), 0), ChatError);
  assertEquals([error.code, error.message, full.failures], ["unavailable", words, [words]]);
  await assertRejects(() => full.log.reach(9, signal), ChatError, words);
  assertEquals((await other.log.append(drafts("a#1", "b"), 0)).seqs, [1, 2]);
});

Deno.test("ClusterLog reads again what has arrived while its replica stored too slowly", async () => {
  const cluster = new MemoryCluster();
  await using other = await startServer(cluster);
  const replica = new MemoryLog(EVERYTHING, { history: other.log.history });
  await using slow = await openOn(replica, cluster);
  const { notes: journal } = slow.engine.journals;
  const { promise, resolve } = Promise.withResolvers<void>();
  const extend = replica.extend.bind(replica);
  replica.extend = async (...args) => {
    await promise;
    return extend(...args);
  };
  let entries = 0;
  const readJournal = journal.read.bind(journal);
  journal.read = async (...args) => {
    const found = await readJournal(...args);
    entries += found.length;
    return found;
  };
  const count = 1_500; // Of them a thousand may wait.
  for (let i = 0; i < count; i++) await other.log.append(drafts(`${i}`), 0);
  resolve();
  await slow.log.reach(count, signal);
  assertEquals([slow.log.head, entries > 0, entries < count], [count, true, true]);
  const expected = Array.from({ length: count }, (_, i) => `${i + 1} ${i}`);
  assertEquals(await read(slow.log), expected);
});

Deno.test("ClusterLog tries again to store that there are notes, without a word of an outage", async () => {
  const cluster = new MemoryCluster();
  const replica = new MemoryLog(EVERYTHING, { history: "now" });
  let tries = 0;
  await using a = await openOn(replica, cluster, () => {
    if (++tries === 1) return Promise.reject(new ChatError("unavailable", "the engine is away"));
    return Promise.resolve();
  });
  for (const id of ["a", "b", "c"]) await a.log.append(drafts(id), 0);
  assertEquals(tries, 2);
});

Deno.test("ClusterLog has the room stored before its first note, and only then", async () => {
  const cluster = new MemoryCluster();
  await using a = await startServer(cluster);
  await a.log.append([], 0);
  assertEquals(a.logs.stored, []);
  await a.log.append(drafts("a"), 0);
  await a.log.append(drafts("b"), 0);
  await using b = await startServer(cluster);
  await b.log.append(drafts("c"), 0);
  assertEquals([a.logs.stored, b.logs.stored], [["lobby"], []]);
});

function openRoom(log: Log): Promise<Room> {
  return Room.open(() => "lobby", log, {
    now: () => 7,
    defer: (task) => void setImmediate(task),
    yieldToEventLoop: () => Promise.resolve(),
    onError: (error) => {
      throw error;
    },
    maxMembers: 2,
  });
}

Deno.test("ClusterLog applies a batch that arrives at whatever moment after another one", async () => {
  for (let turns = 0; turns < 50; turns++) {
    const cluster = new MemoryCluster();
    await using a = await startServer(cluster);
    const engine = cluster.connect();
    let receive: (entry: Entry) => void = () => {};
    engine.journals.notes.listen = (onEntry) => {
      receive = onEntry;
      return { [Symbol.dispose]: () => {} };
    };
    await using logs = new ClusterLogs(engine);
    const log = await logs.open("lobby");
    for (const text of ["1", "2"]) await a.log.append(drafts(text), 0);
    const [first, second] = await entries(a);
    receive(first!);
    for (let i = 0; i < turns; i++) await Promise.resolve();
    receive(second!); // Nothing comes after it that would show that it is missing.
    await nextTick();
    await nextTick();
    assertEquals(log.head, 2, `${turns} turns later`);
  }
});

Deno.test("ClusterLog stores a note once that arrives while its id is looked up", async () => {
  const cluster = new MemoryCluster();
  await using a = await startServer(cluster);
  const retention = { notes: 100, ageMs: Infinity, bytes: Infinity };
  const log = await ClusterLog.open({
    room: "lobby",
    journal: cluster.connect().journals.notes,
    key: KEY,
    history: a.log.history,
    origins: new Map(),
    replica: (head) => {
      const replica = new MemoryLog(retention, { history: "", origins: new Map(), head });
      const find = replica.find.bind(replica);
      replica.find = async (draft) => {
        const found = await find(draft);
        if (found === undefined) await a.log.append(drafts("hi#1"), 0);
        await nextTick(); // By now it has arrived here.
        return found;
      };
      return Promise.resolve(replica);
    },
    beforeFirst: () => Promise.resolve(),
    afterFirst: () => Promise.resolve(),
    maxBytes: () => 10_000,
    onError: (error) => {
      throw error;
    },
    onFailure: (error) => {
      throw error;
    },
  });
  assertEquals((await log.append(drafts("hi#1"), 0)).seqs, [1]);
  assertEquals((await entries(a)).length, 1);
  await log.close();
});
