import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import { NO_TOPIC } from "../../../room/topic.ts";
import type { RegisterTest } from "../stores/register.ts";
import { setting } from "../stores/topics.ts";
import {
  type OpenServer,
  settle,
  type StartCluster,
  type TestServer,
  withServers,
} from "./shared_store.ts";

const MAKE = () => {};
const NOTE = { id: "", name: "ann", message: "1", kind: "said" } as const;

/** Waits until the rooms of servers that have applied everything show it. */
async function shown(...servers: readonly TestServer[]): Promise<void> {
  await settle(...servers);
  await new Promise((resolve) => setImmediate(resolve));
}

/** Tests topics on several servers of a cluster. */
export function testSharedTopics(
  cluster: string,
  start: StartCluster,
  register: RegisterTest = Deno.test,
): void {
  const test = (
    behavior: string,
    body: (a: TestServer, b: TestServer, open: OpenServer) => Promise<void>,
  ) =>
    register(
      `Topics on two servers on ${cluster} ${behavior}`,
      () => withServers(start, async (open) => body(await open(), await open(), open)),
    );

  test("are shown on both, and after a restart, with their rooms", async (a, b, open) => {
    using here = await a.rooms.use("Dev", MAKE);
    using there = await b.rooms.use("dev", MAKE);
    await a.rooms.changeTopic("dev", setting("from a"));
    await shown(a, b);
    assertEquals([here.room.topic.text, there.room.topic.text], ["from a", "from a"]);
    await b.rooms.changeTopic("dev", setting("from b", { locked: true, lockedBy: "op" }));
    await shown(a, b);
    const { topic } = there.room;
    assertEquals([here.room.topic, topic.text, topic.locked], [topic, "from b", true]);
    await there.room.post([NOTE]); // Which changes the record of the room, too.
    const late = await open();
    assertEquals([late.rooms.spelling("dev"), late.rooms.list().rooms.length], ["Dev", 1]);
    using again = await late.rooms.use("dev", "refuse");
    assertEquals([again.room.topic, again.room.history], [topic, here.room.history]);
  });

  test("change one after another on all, each from the one before", async (a, b) => {
    using _here = await a.rooms.use("dev", MAKE);
    using there = await b.rooms.use("dev", MAKE);
    const add = ({ rooms }: TestServer) =>
      rooms.changeTopic("dev", (current) => ({ ...current, text: `${current.text}x` }));
    await Promise.all([a, b, a, b, a, b].map(add));
    await shown(a, b);
    assertEquals(there.room.topic.text, "xxxxxx");
  });

  test("are not set by a server that has not heard of the lock yet", async (a, b) => {
    using _here = await a.rooms.use("dev", MAKE);
    using there = await b.rooms.use("dev", MAKE);
    await a.rooms.changeTopic("dev", setting("rules"));
    await shown(a, b);
    const locking = a.rooms.changeTopic("dev", (current) => ({ ...current, locked: true }));
    const results = await Promise.allSettled([
      locking,
      ...Array.from(
        { length: 3 },
        () =>
          locking.then(() =>
            b.rooms.changeTopic("dev", (current) => {
              if (current.locked) throw new ChatError("forbidden", "locked");
              return { ...current, text: "mine" };
            })
          ),
      ),
    ]);
    assertEquals(results.map(({ status }) => status), [
      ...["fulfilled", "rejected", "rejected", "rejected"],
    ]);
    await shown(a, b);
    assertEquals([there.room.topic.text, there.room.topic.locked], ["rules", true]);
  });

  test("are gone with their room on both", async (a, b, open) => {
    using here = await a.rooms.use("dev", MAKE);
    using there = await b.rooms.use("dev", MAKE);
    await a.rooms.changeTopic("dev", setting("old"));
    await here.room.post([NOTE]);
    await shown(a, b);
    await b.rooms.remove("dev", () => {}, "removed");
    await shown(a, b);
    await assertRejects(() => a.rooms.changeTopic("dev", setting("late")), ChatError, "gone");
    for (const { rooms, store } of [a, b, await open()]) {
      assertEquals([(await store.topics()).size, rooms.has("dev")], [0, false]);
    }
    using anew = await a.rooms.use("dev", MAKE);
    assertEquals([there.room.topic.text, anew.room.topic], ["old", NO_TOPIC]);
    await a.rooms.changeTopic("dev", setting("new"));
    await shown(a, b);
    using also = await b.rooms.use("dev", "refuse");
    assertEquals(also.room.topic.text, "new");
  });
}
