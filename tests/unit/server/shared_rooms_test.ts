import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import type { Draft } from "../../../room/note.ts";
import { startMemoryCluster } from "../../support/cluster/memory_cluster.ts";
import { MemoryCluster } from "../../support/cluster/memory_engine.ts";
import { testSharedRooms } from "../../support/cluster/shared_rooms.ts";
import { openServer, settle } from "../../support/cluster/shared_store.ts";

testSharedRooms("an engine in memory", startMemoryCluster);

const SAY: readonly Draft[] = [{ id: "", name: "ann", message: "1", kind: "said" }];

Deno.test("Rooms end with a removal that was missed, as the room was made again at once", async () => {
  const cluster = new MemoryCluster();
  const [engine, away] = [cluster.connect(), cluster.connect()];
  const removed: string[] = [];
  const onRemoved = (room: string, words: string) => void removed.push(`${room}: ${words}`);
  await using a = await openServer({ ...noCluster, connect: () => Promise.resolve(engine) });
  await using b = await openServer(
    { ...noCluster, connect: () => Promise.resolve(away) },
    { rooms: { onRemoved } },
  );
  using first = await a.rooms.use("dev", () => {});
  await first.room.post(SAY);
  await settle(a, b);
  using old = await b.rooms.use("dev", "refuse");
  away.journals.state.pause();
  await a.rooms.remove("dev", () => {}, "gone");
  using second = await a.rooms.use("dev", () => {});
  await second.room.post(SAY);
  away.journals.state.resumeByReading();
  await settle(a, b);
  await new Promise((resolve) => setImmediate(resolve));
  assertEquals(removed, ['dev: room "dev" removed']);
  await assertRejects(() => old.room.post(SAY), ChatError, "The room is gone");
  using use = await b.rooms.use("dev", "refuse");
  assertEquals([use.room.history, use.room.head], [second.room.history, 1]);
});

const noCluster = { [Symbol.asyncDispose]: () => Promise.resolve() };
