import { assert, assertEquals } from "@std/assert";
import type { Topic } from "../../room/topic.ts";
import { MemoryStore } from "../../server/storage/memory/store.ts";
import { SqliteStore } from "../../server/storage/sqlite/store.ts";
import { openRooms, type OpenRoomStore, say, testRooms } from "../support/stores/rooms.ts";
import { setting, testTopics } from "../support/stores/topics.ts";

const EVERYTHING = { notes: 10_000, ageMs: Infinity, bytes: Infinity };
const ALL = { notes: 10_000, chars: Infinity };

const STORES: [name: string, open: OpenRoomStore][] = [
  ["MemoryStore", () => new MemoryStore(EVERYTHING)],
  ["SqliteStore", (folder) => SqliteStore.open(`${folder}/a.db`, EVERYTHING)],
];

for (const [name, open] of STORES) {
  testRooms(name, open);
  testTopics(name, open);
}

Deno.test("SqliteStore drops the rooms without notes of older versions", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { DatabaseSync } = await import("node:sqlite");
    {
      await using store = SqliteStore.open(`${folder}/a.db`, EVERYTHING);
      await (await store.open("used")).append(say("1"), 7);
    }
    {
      using db = new DatabaseSync(`${folder}/a.db`);
      db.exec("INSERT INTO rooms (name, history) VALUES ('silent', 'h')");
      db.exec("INSERT INTO origins SELECT id, 'g', 0 FROM rooms WHERE name = 'silent'");
    }
    await using store = SqliteStore.open(`${folder}/a.db`, EVERYTHING);
    assertEquals(await store.rooms(), ["used"]);
    assertEquals((await (await store.open("used")).read(1, ALL)).length, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("SqliteStore never reuses the number of a removed room", async () => {
  // A backup identifies rooms by number, and continues while rooms are created and removed.
  const folder = await Deno.makeTempDir();
  try {
    await using store = SqliteStore.open(`${folder}/a.db`, EVERYTHING);
    await (await store.open("old")).append(say(...Array.from({ length: 500 }, () => "old")), 7);
    let removed = false;
    await store.backup(`${folder}/b.db`, {
      yieldBetweenSteps: async () => {
        if (removed) return;
        removed = true;
        await store.remove("old");
        await (await store.open("new")).append(say("1", "2"), 7);
      },
    });
    assert(removed);
    await using copy = SqliteStore.open(`${folder}/b.db`, EVERYTHING);
    assertEquals(await copy.rooms(), ["new"]);
    const notes = await (await copy.open("new")).read(1, ALL);
    assertEquals(notes.map(({ message }) => message), ["1", "2"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** A store that takes its time for topics, before or after it stores them. */
class SlowStore extends MemoryStore {
  readonly #before: Promise<void> | undefined;
  readonly #after: Promise<void> | undefined;

  constructor({ before, after }: { before?: Promise<void>; after?: Promise<void> }) {
    super(EVERYTHING);
    this.#before = before;
    this.#after = after;
  }

  override async saveTopic(room: string, change: () => Topic): Promise<void> {
    await this.#before;
    await super.saveTopic(room, change);
    await this.#after;
  }
}

Deno.test("Rooms keep a room whose last user leaves before its first topic is stored", async () => {
  const { promise: before, resolve } = Promise.withResolvers<void>();
  const rooms = await openRooms(new SlowStore({ before }));
  const dev = await rooms.use("dev", () => {});
  const changed = rooms.changeTopic("dev", setting("bye"));
  dev[Symbol.dispose]();
  await new Promise((resolve) => setImmediate(resolve));
  resolve();
  await changed;
  using again = await rooms.use("dev", "refuse");
  assertEquals(again.room.topic.text, "bye");
});

Deno.test("Rooms remove a room only when its last topic is stored", async () => {
  const { promise: after, resolve } = Promise.withResolvers<void>();
  const store = new SlowStore({ after });
  const rooms = await openRooms(store);
  using _dev = await rooms.use("dev", () => {});
  const changed = rooms.changeTopic("dev", setting("old"));
  while ((await store.topics()).size === 0) await new Promise((resolve) => setImmediate(resolve));
  const removed = rooms.remove("dev", () => {});
  await new Promise((resolve) => setImmediate(resolve));
  resolve();
  await Promise.all([changed, removed]);
  assertEquals([rooms.has("dev"), (await store.topics()).size], [false, 0]);
  using again = await rooms.use("dev", () => {});
  assertEquals(again.room.topic.text, "");
});
