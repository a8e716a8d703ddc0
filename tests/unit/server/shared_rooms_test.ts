import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import type { Draft } from "../../../room/note.ts";
import type { Engine } from "../../../server/cluster/engine.ts";
import { SharedState } from "../../../server/storage/cluster/state.ts";
import { startMemoryCluster } from "../../support/cluster/memory_cluster.ts";
import { MemoryCluster } from "../../support/cluster/memory_engine.ts";
import { testSharedRooms } from "../../support/cluster/shared_rooms.ts";
import { openServer, settle, type TestServerOptions } from "../../support/cluster/shared_store.ts";

testSharedRooms("an engine in memory", startMemoryCluster);

const SAY: readonly Draft[] = [{ id: "", name: "ann", message: "1", kind: "said" }];

/** Two servers in memory, whose journals a test may pause. */
async function openTwo(options?: TestServerOptions) {
  const cluster = new MemoryCluster();
  const engines = [cluster.connect(), cluster.connect()] as const;
  const stack = new AsyncDisposableStack();
  const open = async (engine: Engine) =>
    stack.use(
      await openServer({
        connect: () => Promise.resolve(engine),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }, options),
    );
  const servers = [await open(engines[0]), await open(engines[1])] as const;
  return { away: engines[1], servers, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Waits until the pending work of a use is done. */
const idle = () => new Promise((resolve) => setImmediate(resolve));

Deno.test("Rooms keep a room of another server whose notes are still on their way", async () => {
  await using two = await openTwo();
  const [a, b] = two.servers;
  const waiting = await b.rooms.use("dev", { network: "10.0.0.1" });
  two.away.journals.notes.pause();
  using use = await a.rooms.use("dev", () => {});
  await use.room.post(SAY);
  await settle(a, b);
  waiting[Symbol.dispose]();
  await idle();
  assertEquals([waiting.room.head, b.rooms.has("dev")], [0, true]);
});

Deno.test("Rooms end with a removal that was missed, as the room was made again at once", async () => {
  const removed: string[] = [];
  const onRemoved = (room: string, words: string) => void removed.push(`${room}: ${words}`);
  await using two = await openTwo({ rooms: { onRemoved } });
  const { servers: [a, b], away } = two;
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
  await idle();
  assertEquals(removed, ['dev: room "dev" removed']);
  await assertRejects(() => old.room.post(SAY), ChatError, "The room is gone");
  using use = await b.rooms.use("dev", "refuse");
  assertEquals([use.room.history, use.room.head], [second.room.history, 1]);
});

Deno.test("Rooms are counted without a look at all that servers share", async () => {
  await using two = await openTwo({ rooms: { maxRooms: 2 } });
  const [a, b] = two.servers;
  const { values } = SharedState.prototype;
  let looks = 0;
  SharedState.prototype.values = function (prefix) {
    looks++;
    return values.call(this, prefix);
  };
  using _restored = { [Symbol.dispose]: () => void (SharedState.prototype.values = values) };
  for (const name of ["a", "b"]) {
    using use = await a.rooms.use(name, () => {});
    await use.room.post(SAY);
  }
  await a.rooms.remove("a", () => {}, "gone");
  await settle(a, b);
  using made = await b.rooms.use("c", () => {});
  await made.room.post(SAY);
  await settle(a, b);
  using refused = await b.rooms.use("lobby", () => {});
  await refused.room.post(SAY); // It does not count.
  assertEquals([looks, (await a.store.rooms()).toSorted()], [0, ["b", "c", "lobby"]]);
});
