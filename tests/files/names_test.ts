import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ChatError } from "../../room/errors.ts";
import type { NameStore } from "../../room/state/name_store.ts";
import { Names } from "../../room/state/names.ts";
import { MemoryStore } from "../../server/storage/memory/store.ts";
import { SqliteStore } from "../../server/storage/sqlite/store.ts";
import {
  NAMES_OPTIONS as OPTIONS,
  type OpenNameStore,
  testNames,
  useName as use,
} from "../support/stores/names.ts";

const EVERYTHING = { notes: 100, ageMs: Infinity, bytes: Infinity };
const STORES: [name: string, open: OpenNameStore][] = [
  ["MemoryStore", () => new MemoryStore(EVERYTHING)],
  ["SqliteStore", (folder) => SqliteStore.open(`${folder}/a.db`, EVERYTHING)],
];

for (const [name, open] of STORES) testNames(name, open);

Deno.test("Names are never words that stand for readers and addresses", async () => {
  const names = await Names.open(new MemoryStore(EVERYTHING), OPTIONS);
  for (const name of ["you", "You", "y0u", "unix"]) {
    for (const key of ["key 1", undefined]) {
      assertThrows(() => names.check(name, key), ChatError, `Name "${name}" is reserved`);
    }
  }
});

Deno.test("Names stay free if their owner could not be stored", async () => {
  let saves = 0;
  const store: NameStore = {
    ownedNames: () => Promise.resolve([]),
    saveOwnedName: () =>
      saves++ === 0 ? Promise.reject(new ChatError("unavailable", "full")) : Promise.resolve(),
    releaseName: () => Promise.resolve(),
  };
  const names = await Names.open(store, OPTIONS);
  const both = [use(names, "bob", "key 1"), use(names, "bob", "key 1")];
  const outcomes = await Promise.allSettled(both); // Stored once, for both of them.
  assertEquals(outcomes.map(({ status }) => status), ["rejected", "rejected"]);
  await use(names, "bob", "key 2");
});

Deno.test("Names report if it could not be stored that one was used, and try again", async () => {
  let saves = 0;
  const store: NameStore = {
    ownedNames: () => Promise.resolve([]),
    saveOwnedName: () =>
      saves++ === 1 ? Promise.reject(new ChatError("unavailable", "full")) : Promise.resolve(),
    releaseName: () => Promise.resolve(),
  };
  const { promise: reported, resolve: onError } = Promise.withResolvers<unknown>();
  const names = await Names.open(store, { ...OPTIONS, onError });
  const bob = await use(names, "bob", "key 1");
  bob.markSpoken();
  assertEquals(String(await reported), "ChatError: full");
  bob.markSpoken();
  assertEquals([saves, names.list().map(({ spoken }) => spoken)], [3, [true]]);
});

Deno.test("Names stay their owner's if their release could not be stored", async () => {
  const store: NameStore = {
    ownedNames: () =>
      Promise.resolve([{ name: "Bob", key: "key 1", time: 7, seen: 7, spoken: false }]),
    saveOwnedName: () => Promise.resolve(),
    releaseName: () => Promise.reject(new ChatError("unavailable", "full")),
  };
  const names = await Names.open(store, OPTIONS);
  await assertRejects(() => names.release("bob"), ChatError, "full");
  await assertRejects(() => use(names, "bob", "key 2"), ChatError, 'name "bob" is taken');
  await use(names, "bob", "key 1");
});
