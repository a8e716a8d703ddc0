import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import type { Rooms, RoomStore } from "../../../room/state/rooms.ts";
import { NO_TOPIC, type Topic } from "../../../room/topic.ts";
import type { RegisterTest } from "./register.ts";
import { openRooms, type OpenRoomStore } from "./rooms.ts";

/** A change that sets the topic. */
export function setting(text: string, more: Partial<Topic> = {}): (current: Topic) => Topic {
  return (current) => ({ ...current, text, by: "ann", time: 5, ...more });
}

const MAKE = () => {};

/** Waits until the pending work of a use is done. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

const names = (rooms: Rooms) => rooms.list().rooms.map(({ name }) => name).sort();

/** Tests an implementation of `TopicStore` under `Rooms`: every one must pass. */
export function testTopics(
  name: string,
  open: OpenRoomStore,
  register: RegisterTest = Deno.test,
): void {
  const test = (behavior: string, body: (rooms: Rooms, store: RoomStore) => Promise<void>) =>
    register(`Topics over a ${name} ${behavior}`, async () => {
      const folder = await Deno.makeTempDir();
      try {
        await using store = await open(folder);
        await body(await openRooms(store), store);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });

  test("are stored as they are, and shown in their rooms only", async (rooms, store) => {
    using dev = await rooms.use("Dev", MAKE);
    using ops = await rooms.use("ops", MAKE);
    assertEquals([dev.room.topic, ops.room.topic], [NO_TOPIC, NO_TOPIC]);
    const all = [
      { text: "\u202eé\0b", by: "Kim Min", time: 0, locked: false, lockedBy: "" },
      { text: "", by: "", time: 1_732_000_000_000, locked: true, lockedBy: "민수" },
      { text: "😀".repeat(300), by: "b", time: 7, locked: true, lockedBy: "c" },
    ];
    for (const topic of all) {
      await rooms.changeTopic("dev", () => topic);
      await settled();
      assertEquals(dev.room.topic, topic);
      assertEquals(await store.topics(), new Map([["dev", topic]]));
    }
    assertEquals(ops.room.topic, NO_TOPIC);
    const again = await openRooms(store);
    using there = await again.use("DEV", "refuse");
    assertEquals(there.room.topic, all[2]);
  });

  test("change one after another, each from the one before", async (rooms) => {
    using dev = await rooms.use("dev", MAKE);
    await Promise.all(
      Array.from(
        { length: 5 },
        (_, i) =>
          rooms.changeTopic("dev", (current) => ({ ...current, text: `${current.text}${i}` })),
      ),
    );
    await settled();
    assertEquals(dev.room.topic.text, "01234");
  });

  test("do not change if that is refused", async (rooms, store) => {
    using dev = await rooms.use("dev", MAKE);
    await rooms.changeTopic("dev", setting("kept"));
    const refused = rooms.changeTopic("dev", () => {
      throw new ChatError("forbidden", "locked");
    });
    const said = dev.room.post([{ id: "", name: "ann", message: "1", kind: "said" }]);
    await assertRejects(() => refused, ChatError, "locked");
    assertEquals(await said, [1]);
    await settled();
    assertEquals([dev.room.topic.text, (await store.topics()).get("dev")?.text], ["kept", "kept"]);
  });

  test("keep a room without notes, in which notes begin at 1", async (rooms, store) => {
    {
      using _dev = await rooms.use("Dev", MAKE);
      await rooms.changeTopic("dev", setting("quiet"));
      await rooms.changeTopic("dev", setting("")); // Somebody cared for it.
    }
    await settled();
    assertEquals([names(rooms), await store.rooms()], [["Dev"], ["Dev"]]);
    const again = await openRooms(store);
    assertEquals(names(again), ["Dev"]);
    using dev = await rooms.use("dev", "refuse");
    const note = { id: "", name: "ann", message: "1", kind: "said" } as const;
    assertEquals(await dev.room.post([note]), [1]);
    assertEquals(await dev.room.post([note]), [2]);
    await rooms.changeTopic("dev", setting("loud"));
    assertEquals([...(await store.topics()).keys()], ["dev"]);
  });

  test("keep a room whose last user leaves while the first one is stored", async (rooms) => {
    const dev = await rooms.use("dev", MAKE);
    const changed = rooms.changeTopic("dev", setting("bye"));
    dev[Symbol.dispose]();
    await changed;
    await settled();
    using again = await rooms.use("dev", "refuse");
    assertEquals(again.room.topic.text, "bye");
  });

  test("are removed with their rooms", async (rooms, store) => {
    using dev = await rooms.use("dev", MAKE);
    await rooms.changeTopic("dev", setting("old"));
    assertEquals(await rooms.remove("dev", () => {}, "removed"), 0);
    assertEquals([(await store.topics()).size, await store.rooms()], [0, []]);
    using anew = await rooms.use("dev", MAKE);
    assertEquals([dev.room === anew.room, anew.room.topic], [false, NO_TOPIC]);
    await rooms.changeTopic("dev", setting("new"));
    await settled();
    assertEquals([anew.room.topic.text, (await store.topics()).size], ["new", 1]);
  });

  test("of a room that is being removed are refused", async (rooms, store) => {
    using _dev = await rooms.use("dev", MAKE);
    await rooms.changeTopic("dev", setting("old"));
    let late: Promise<void> | undefined;
    const early = rooms.changeTopic("dev", setting("just before"));
    const removed = rooms.remove("dev", () => {
      late = rooms.changeTopic("dev", setting("late"));
      late.catch(() => {}); // It may fail before it is awaited.
    });
    await early.catch(() => {}); // In time or not.
    await removed;
    await assertRejects(() => late!, ChatError, "The room is gone");
    assertEquals((await store.topics()).size, 0);
  });

  test("need a room that somebody has created", async (rooms) => {
    using _reader = await rooms.use("dev", { network: "10.0.0.1" });
    const change = () => rooms.changeTopic("dev", setting("mine"));
    await assertRejects(change, ChatError, 'There is no room "dev" yet');
    await assertRejects(() => rooms.changeTopic("ops", setting("mine")), ChatError, "gone");
    assertEquals(names(rooms), []);
  });
}
