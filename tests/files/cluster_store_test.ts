import { assertEquals, assertRejects } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { ChatError } from "../../room/errors.ts";
import { SqliteStore } from "../../server/storage/sqlite/store.ts";
import { openClusterStore } from "../support/cluster/cluster_store.ts";
import { MemoryCluster } from "../support/cluster/memory_engine.ts";
import { testLogs } from "../support/stores/logs.ts";
import { testNames } from "../support/stores/names.ts";
import { say, testRooms } from "../support/stores/rooms.ts";
import { testSanctions } from "../support/stores/sanctions.ts";
import { testTopics } from "../support/stores/topics.ts";
import { inFolder } from "../support/temporary_folder.ts";

const EVERYTHING = { notes: 100, ageMs: Infinity, bytes: Infinity };

const connect = () => new MemoryCluster().connect();
const open = () => openClusterStore(connect());

testNames("ClusterStore", open);
testSanctions("ClusterStore", open);
testRooms("ClusterStore", open);
testTopics("ClusterStore", open);

/** Opens a store with a file. */
function openWithFile(cluster: MemoryCluster, folder: string) {
  return openClusterStore(cluster.connect(), { data: `${folder}/a.db` });
}

testRooms("ClusterStore with a file", (folder) => openWithFile(new MemoryCluster(), folder));
testLogs(
  "ClusterStore with a file",
  (folder, retention) => openClusterStore(connect(), { data: `${folder}/a.db`, retention }),
);

/** Lists the rooms of a closed file, with their numbers of notes. */
function roomsOf(file: string): string[] {
  using db = new DatabaseSync(file);
  const rooms = db.prepare(
    `SELECT name, (SELECT count(*) FROM notes WHERE room = rooms.id) AS notes FROM rooms
     WHERE id IN (SELECT room FROM replicas) ORDER BY name`,
  );
  return rooms.all().map(({ name, notes }) => `${name} ${notes}`);
}

Deno.test("ClusterStore keeps replicas in its file, and deletes those of removed rooms", () =>
  inFolder(async (folder) => {
    const cluster = new MemoryCluster();
    await using other = await openClusterStore(cluster.connect());
    {
      await using store = await openWithFile(cluster, folder);
      for (const room of ["a", "b", "c"]) await (await store.open(room)).append(say("1", "2"), 7);
      await store.remove("b", "removed");
    }
    assertEquals(roomsOf(`${folder}/a.db`), ["a 2", "c 2"]);
    await other.remove("c", "removed while the server with the file was stopped");
    await (await other.open("a")).append(say("3"), 7);
    {
      await using store = await openWithFile(cluster, folder);
      assertEquals([(await store.open("a")).head, await store.rooms()], [3, ["a"]]);
    }
    assertEquals(roomsOf(`${folder}/a.db`), ["a 3"]);
  }));

Deno.test("ClusterStore does not start if the engine has lost notes that its file has", () =>
  inFolder(async (folder) => {
    const cluster = new MemoryCluster();
    {
      await using store = await openWithFile(cluster, folder);
      await (await store.open("a")).append(say("1"), 7);
      await (await store.open("b")).append(say("2"), 7);
    }
    cluster.forget("notes", 1);
    const error = await assertRejects(() => openWithFile(cluster, folder), ChatError);
    assertEquals(error.code, "lost");
  }));

Deno.test("ClusterStore does not start with the file of a server of its own", () =>
  inFolder(async (folder) => {
    await SqliteStore.open(`${folder}/a.db`, EVERYTHING)[Symbol.asyncDispose]();
    const opening = () => openWithFile(new MemoryCluster(), folder);
    await assertRejects(opening, ChatError, "it belongs to a server without --cluster");
  }));
