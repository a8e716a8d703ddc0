import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { ChatError } from "../../room/errors.ts";
import { Archive } from "../../server/archive/archive.ts";
import { SqliteReplicas } from "../../server/storage/sqlite/replicas.ts";
import { SqliteStore } from "../../server/storage/sqlite/store.ts";
import { ClusterLogs, roomKey } from "../support/cluster/logs.ts";
import { MemoryCluster } from "../support/cluster/memory_engine.ts";
import { ALL, drafts, read } from "../support/stores/notes.ts";
import { inFolder } from "../support/temporary_folder.ts";

const EVERYTHING = { notes: 100_000, ageMs: Infinity, bytes: Infinity };
const CHAT = new Uint8Array(32).fill(1);
const OPTIONS = {
  chat: CHAT,
  name: "chat",
  lose: (reason: string) => new ChatError("lost", reason),
  retention: EVERYTHING,
  onError: (error: unknown) => {
    throw error;
  },
};

/** Starts a server with a file, and counts the entries that it reads. */
async function startServer(cluster: MemoryCluster, file: string, options = OPTIONS) {
  const replicas = await SqliteReplicas.open(file, options);
  const engine = cluster.connect();
  const { notes } = engine.journals;
  const server = { logs: new ClusterLogs(engine, { replicas }), replicas, engine, entries: 0 };
  const read = notes.read.bind(notes);
  notes.read = async (...args) => {
    const entries = await read(...args);
    server.entries += entries.length;
    return entries;
  };
  return server;
}

/** Counts the rows of a table of a closed file. */
function count(file: string, table: string): unknown {
  using db = new DatabaseSync(file);
  return Object.values(db.prepare(`SELECT count(*) FROM ${table}`).get()!)[0];
}

const test = (name: string, body: (file: string, cluster: MemoryCluster) => Promise<void>) =>
  Deno.test(name, () => inFolder((folder) => body(`${folder}/a.db`, new MemoryCluster())));

test(
  "a replica in a file goes on where it was, and reads only what is new",
  async (file, cluster) => {
    await using other = new ClusterLogs(cluster.connect());
    const otherLog = await other.open("lobby");
    {
      const { logs } = await startServer(cluster, file);
      await using _logs = logs;
      const log = await logs.open("lobby");
      for (let i = 1; i <= 50; i++) await log.append(drafts(`${i}#${i}`), 1_000);
    }
    await otherLog.append(drafts("51#51", "52#52"), 10);
    const server = await startServer(cluster, file);
    await using _logs = server.logs;
    const log = await server.logs.open("lobby");
    assertEquals([log.first, log.head, server.entries], [1, 52, 1]);
    assertEquals((await log.append(drafts("again#7", "again#52", "53"), 10)).seqs, [7, 52, 53]);
    assertEquals((await log.read(53, ALL))[0]?.time, 1_000);
    await otherLog.reach(53, new AbortController().signal);
    assertEquals(await read(otherLog), await read(log));
  },
);

test("a file with the notes of another chat is refused, and keeps them", async (file, cluster) => {
  const other = { ...OPTIONS, chat: new Uint8Array(32).fill(2), name: "other" };
  {
    const { logs } = await startServer(new MemoryCluster(), file, other);
    await using _logs = logs;
    await (await logs.open("lobby")).append(drafts("old"), 0);
  }
  const { message } = await assertRejects(() => startServer(cluster, file), ChatError);
  assertEquals(
    message,
    `Cannot use "${file}": it has the notes of another chat; export it, or choose another file`,
  );
  assertEquals([count(file, "notes"), count(file, "rooms"), count(file, "replicas")], [1, 1, 1]);
});

test("a file with the notes of a chat that was lost is refused", async (file, cluster) => {
  {
    const { logs } = await startServer(cluster, file);
    await using _logs = logs;
    await (await logs.open("lobby")).append(drafts("old"), 0);
  }
  const anew = { ...OPTIONS, chat: new Uint8Array(32).fill(2) };
  const error = await assertRejects(() => SqliteReplicas.open(file, anew), ChatError);
  const words = `"${file}" has notes of it; export them, then choose another file`;
  assertEquals([error.code, error.message, count(file, "notes")], ["lost", words, 1]);
});

test("a replica of a removed room is deleted", async (file, cluster) => {
  {
    const { logs } = await startServer(cluster, file);
    await using _logs = logs;
    await (await logs.open("lobby")).append(drafts("old#1", "old"), 0);
    await logs.remove("lobby");
    const log = await logs.open("lobby");
    assertEquals((await log.append(drafts("new#1"), 0)).seqs, [1]);
    await (await logs.open("other")).append(drafts("x"), 0);
    assertEquals(await read(log), ["1 new"]);
  }
  {
    await using replicas = await SqliteReplicas.open(file, OPTIONS);
    await replicas.retain(new Set(["the history of lobby after 1 removals"]));
    await replicas.sweep();
  }
  assertEquals([count(file, "notes"), count(file, "rooms")], [1, 1]);
});

test(
  "a replica starts over if the notes after it are gone from the journal",
  async (file, cluster) => {
    {
      const { logs } = await startServer(cluster, file);
      await using _logs = logs;
      await (await logs.open("lobby")).append(drafts("1", "2"), 0);
    }
    await using other = new ClusterLogs(cluster.connect());
    const log = await other.open("lobby");
    for (const text of ["3", "4", "5"]) await log.append(drafts(text), 0);
    const { journals: { notes } } = cluster.connect();
    await notes.purge(roomKey("lobby"), 3);
    for (let i = 0; i < 2; i++) {
      const { logs, replicas } = await startServer(cluster, file);
      await using _logs = logs;
      const log = await logs.open("lobby");
      assertEquals([log.known, await read(log)], [4, ["4 4", "5 5"]]);
      await replicas.sweep();
    }
    assertEquals([count(file, "notes"), count(file, "rooms")], [2, 1]);
  },
);

/** Fails each read of many ids, until it is disposed. */
function failIds() {
  const { all } = StatementSync.prototype;
  const failing = { fails: 0, [Symbol.dispose]: () => void (StatementSync.prototype.all = all) };
  StatementSync.prototype.all = function (...args) {
    if (args.at(-1) !== 5_000) return all.apply(this, args as never);
    failing.fails++;
    throw new Error("the disk failed");
  };
  return failing;
}

test("a replica reads its ids again if that has failed", async (file, cluster) => {
  {
    const { logs } = await startServer(cluster, file);
    await using _logs = logs;
    await (await logs.open("lobby")).append(drafts("1#1", "2#2"), 0);
  }
  const { logs } = await startServer(cluster, file);
  await using _logs = logs;
  const log = await (async () => {
    using failing = failIds();
    const log = await logs.open("lobby");
    await assertRejects(() => log.append(drafts("again#1"), 0), ChatError, "the disk failed");
    assertEquals(failing.fails, 2);
    return log;
  })();
  assertEquals((await log.append(drafts("again#1", "3"), 0)).seqs, [1, 3]);
});

/** Starts a server with the file of one that has stored a note in the lobby, and opens that. */
async function reopen(file: string, cluster: MemoryCluster, change: () => Promise<void>) {
  {
    const { logs } = await startServer(cluster, file);
    await using _logs = logs;
    await (await logs.open("lobby")).append(drafts("1"), 0);
  }
  await change();
  const { logs } = await startServer(cluster, file);
  await using _logs = logs;
  const { code, message } = await assertRejects(() => logs.open("lobby"), ChatError);
  return { code, message };
}

test("a replica that has more than the journal shows a loss", async (file, cluster) => {
  const { code, message } = await reopen(file, cluster, () => {
    cluster.forget("notes", 0);
    return Promise.resolve();
  });
  assertEquals(code, "lost");
  assertStringIncludes(message, "it is at 0 and was at 1");
});

test("a replica that has another note than the journal shows a loss", async (file, cluster) => {
  const { code, message } = await reopen(file, cluster, async () => {
    cluster.forget("notes", 0);
    await using other = new ClusterLogs(cluster.connect());
    await (await other.open("lobby")).append(drafts("another", "note"), 0);
  });
  assertEquals(code, "lost");
  assertStringIncludes(message, "it has another entry at 1");
});

test("a replica whose notes were deleted from the journal is not served", async (file, cluster) => {
  const { code, message } = await reopen(file, cluster, async () => {
    await cluster.connect().journals.notes.purge(roomKey("lobby"), Infinity);
  });
  assertEquals(code, "unavailable");
  assertStringIncludes(message, "its entries up to 1 were deleted");
});

test("a file of a server of its own is not taken for a replica", async (file) => {
  {
    await using store = SqliteStore.open(file, EVERYTHING);
    await (await store.open("lobby")).append(drafts("1"), 0);
  }
  const before = await Deno.readFile(file);
  const error = await assertRejects(() => SqliteReplicas.open(file, OPTIONS), ChatError);
  assertStringIncludes(error.message, "it belongs to a server without --cluster; take its notes");
  assertStringIncludes(error.message, '"chat import --cluster"');
  assertEquals(await Deno.readFile(file), before);
});

test("a replica is not served without --cluster, but exported", async (file, cluster) => {
  {
    const { logs } = await startServer(cluster, file);
    await using _logs = logs;
    await (await logs.open("lobby")).append(drafts("1", "2"), 0);
  }
  const before = await Deno.readFile(file);
  const words = "it is a copy of a chat of several servers; serve it with --cluster";
  assertThrows(() => SqliteStore.open(file, EVERYTHING), ChatError, words);
  const options = { inUse: "stop it" };
  assertThrows(() => Archive.open(file, { ...options, write: true }), ChatError, words);
  {
    using archive = Archive.open(file, { ...options, write: false });
    const [room] = archive.rooms();
    assertEquals([room?.room, room?.origins.length], ["lobby", 1]);
    assertEquals([...archive.notes(room!)].flat().map(({ message }) => message), ["1", "2"]);
  }
  assertEquals(await Deno.readFile(file), before);
});

test("an export of a replica leaves out obsolete rooms", async (file, cluster) => {
  {
    const { logs } = await startServer(cluster, file);
    await using _logs = logs;
    for (const room of ["lobby", "dev"]) await (await logs.open(room)).append(drafts("1"), 0);
  }
  {
    using db = new DatabaseSync(file);
    db.exec(`DELETE FROM replicas WHERE room = (SELECT id FROM rooms WHERE name = 'lobby')`);
  }
  using archive = Archive.open(file, { write: false, inUse: "" });
  assertEquals(archive.rooms().map(({ room }) => room), ["dev"]);
});
