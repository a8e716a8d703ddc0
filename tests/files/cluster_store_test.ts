import { assertEquals } from "@std/assert";
import type { Draft } from "../../room/note.ts";
import type { ClusterStore } from "../../server/storage/cluster/store.ts";
import { openClusterStore } from "../support/cluster/cluster_store.ts";
import { MemoryCluster } from "../support/cluster/memory_engine.ts";
import { testNames } from "../support/stores/names.ts";
import { testRooms } from "../support/stores/rooms.ts";
import { testSanctions } from "../support/stores/sanctions.ts";

const connect = () => new MemoryCluster().connect();
const open = () => openClusterStore(connect());

testNames("ClusterStore", open);
testSanctions("ClusterStore", open);
testRooms("ClusterStore", open);
testRooms(
  "ClusterStore with a file",
  (folder) => openClusterStore(connect(), { data: `${folder}/a.db` }),
);

const SAY: readonly Draft[] = [{ id: "1", name: "ann", message: "hello", kind: "said" }];

/** Opens a room, and appends a note. */
async function speak(store: ClusterStore, room: string): Promise<void> {
  await (await store.open(room)).append(SAY, 7);
}

Deno.test("ClusterStore with a file has no notes of a room that was removed meanwhile", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const cluster = new MemoryCluster();
    const openFile = () => openClusterStore(cluster.connect(), { data: `${folder}/a.db` });
    {
      await using store = await openFile();
      for (const room of ["kept", "removed"]) await speak(store, room);
    }
    {
      await using other = await openClusterStore(cluster.connect());
      assertEquals(await other.remove("removed", "gone"), 1);
      await speak(other, "kept");
    }
    await using store = await openFile();
    assertEquals(await store.rooms(), ["kept"]);
    const heads = [];
    for (const room of ["kept", "removed"]) heads.push((await store.open(room)).head);
    assertEquals(heads, [1, 0]); // The second note had the id of the first.
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
