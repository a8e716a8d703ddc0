import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ChatError } from "../room/errors.ts";
import { Names, type NameStore } from "../room/names.ts";
import { MemoryStore } from "../server/memory_log.ts";
import { SqliteStore } from "../server/sqlite_store.ts";

const EVERYTHING = { notes: 100, ageMs: Infinity, bytes: Infinity };
const OPTIONS = { now: () => 7, maxNames: 2, maxOwned: 4 };

/** Every implementation, with how to make it in a folder that is gone afterwards. */
const STORES: [name: string, open: (folder: string) => NameStore & AsyncDisposable][] = [
  ["MemoryStore", () => new MemoryStore(EVERYTHING)],
  ["SqliteStore", (folder) => SqliteStore.open(`${folder}/a.db`, EVERYTHING)],
];

for (const [store, open] of STORES) {
  const test = (behaviour: string, body: (names: Names, store: NameStore) => Promise<void>) =>
    Deno.test(`Names over a ${store} ${behaviour}`, async () => {
      const folder = await Deno.makeTempDir();
      try {
        await using store = open(folder);
        await body(await Names.open(store, OPTIONS), store);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });

  test("give a name to the first key, and to no other", async (names, store) => {
    (await names.use("Bob", "key 1"))[Symbol.dispose]();
    (await names.use("BOB", "key 1"))[Symbol.dispose]();
    assertEquals(await store.owned(), [{ name: "Bob", key: "key 1", time: 7 }]);
    for (const key of ["key 2", undefined]) {
      const error = await assertRejects(() => names.use("bob", key), ChatError);
      assertEquals([error.code, error.message], ["taken", 'name "bob" is taken']);
      const alike = assertThrows(() => names.check("b0b", key), ChatError);
      assertEquals(alike.message, 'name "b0b" is taken: it looks like "Bob"');
    }
    names.check("b0b", "key 1"); // What looks like one's own name confuses nobody.
  });

  test("know whose a name is when they are opened again", async (names, store) => {
    await names.use("ann", "key 1");
    const again = await Names.open(store, OPTIONS);
    assertThrows(() => again.check("Ann", "key 2"), ChatError);
    await again.use("ann", "key 1");
    await again.use("cat", "key 1");
    await assertRejects(() => again.use("dan", "key 1"), ChatError, "your key has 2 names");
  });

  test("that are older than the rule for names stay with their owner", async (_, store) => {
    const old = ["ann, cy", "bob\u2065", "👩‍💻", "Ian"];
    for (const name of old) await store.own({ name, key: "key 1", time: 7 });
    await store.own({ name: "lan", key: "key 2", time: 8 }); // Which looks like "Ian".
    const names = await Names.open(store, OPTIONS);
    for (const name of old) {
      (await names.use(name, "key 1"))[Symbol.dispose]();
      for (const key of ["key 2", "key 3", undefined]) {
        const error = assertThrows(() => names.check(name, key), ChatError);
        assertEquals(error.code, name === "Ian" ? "taken" : "invalid");
      }
    }
    (await names.use("lan", "key 2"))[Symbol.dispose]();
    (await names.use("Ann, Cy", "key 1"))[Symbol.dispose]();
    assertThrows(() => names.check("bob\u{e0000}", "key 1"), ChatError, "U+E0000");
  });

  test("are bounded for each key and in all", async (names) => {
    await names.use("a1", "key 1");
    await names.use("a2", "key 1");
    const error = await assertRejects(() => names.use("a3", "key 1"), ChatError);
    assertEquals(error.code, "too_large");
    assertEquals(
      error.message,
      'Cannot take name "a3": your key has 2 names, and may have no more',
    );
    await names.use("b1", "key 2");
    await names.use("b2", "key 2");
    await assertRejects(() => names.use("c", "key 3"), ChatError, "4 names belong to somebody");
    await names.use("a1", "key 1");
  });

  test("do not belong to a key while somebody without one uses them", async (names) => {
    const first = await names.use("guest", undefined);
    const second = await names.use("Guest", undefined);
    first[Symbol.dispose]();
    await assertRejects(() => names.use("guest", "key 1"), ChatError, 'name "guest" is taken');
    await assertRejects(() => names.use("guést", "key 1"), ChatError, 'looks like "guest"');
    second[Symbol.dispose]();
    await names.use("guest", "key 1");
    await assertRejects(() => names.use("guest", undefined), ChatError);
  });

  test("are nobody's once they are released, for the next key to have", async (names, store) => {
    (await names.use("Bob", "key 1"))[Symbol.dispose]();
    await names.use("b2", "key 1");
    await names.release("BOB");
    assertEquals([names.ownerOf("bob"), (await store.owned()).length], [undefined, 1]);
    (await names.use("guest", undefined))[Symbol.dispose]();
    (await names.use("bob", undefined))[Symbol.dispose]();
    await names.use("bob", "key 2");
    assertEquals((await Names.open(store, OPTIONS)).ownerOf("bob"), "key 2");
    await names.use("b3", "key 1"); // One that was released counts no more.
  });

  test("are not released while their owner uses them", async (names) => {
    const uses = await Promise.all([names.use("Bob", "key 1"), names.use("bob", "key 1")]);
    for (const use of uses) {
      const error = await assertRejects(() => names.release("bob"), ChatError);
      assertEquals(
        [error.code, error.message],
        ["taken", 'Cannot release "Bob": its owner is here under that name'],
      );
      use[Symbol.dispose]();
    }
    const joining = names.use("bob", "key 1");
    await assertRejects(() => names.release("bob"), ChatError, "its owner is here");
    (await joining)[Symbol.dispose]();
    await names.release("bob");
    assertEquals(names.ownerOf("bob"), undefined);
  });

  test("are nobody else's before the store knows of it", async (names, store) => {
    (await names.use("bob", "key 1"))[Symbol.dispose]();
    const released = names.release("bob");
    await assertRejects(() => names.use("bob", "key 2"), ChatError, 'name "bob" is taken');
    await released;
    await names.use("bob", "key 2");
    assertEquals((await store.owned()).map(({ key }) => key), ["key 2"]);
  });

  test("let one of two keys have a name that both want at once", async (names, store) => {
    const claims = await Promise.allSettled(["key 1", "key 2"].map((key) => names.use("bob", key)));
    assertEquals(claims.map(({ status }) => status), ["fulfilled", "rejected"]);
    assertEquals((await store.owned()).map(({ key }) => key), ["key 1"]);
  });
}

Deno.test("Names are nobody's if it could not be stored whose they are", async () => {
  let failing = true;
  const store: NameStore = {
    owned: () => Promise.resolve([]),
    own: () => failing ? Promise.reject(new ChatError("unavailable", "full")) : Promise.resolve(),
    disown: () => Promise.resolve(),
  };
  const names = await Names.open(store, OPTIONS);
  const both = [names.use("bob", "key 1"), names.use("bob", "key 1")];
  const outcomes = await Promise.allSettled(both);
  assertEquals(outcomes.map(({ status }) => status), ["rejected", "rejected"]);
  failing = false;
  await names.use("bob", "key 2");
});

Deno.test("Names stay their owner's if it could not be stored that they are nobody's", async () => {
  const store: NameStore = {
    owned: () => Promise.resolve([{ name: "Bob", key: "key 1", time: 7 }]),
    own: () => Promise.resolve(),
    disown: () => Promise.reject(new ChatError("unavailable", "full")),
  };
  const names = await Names.open(store, OPTIONS);
  await assertRejects(() => names.release("bob"), ChatError, "full");
  await assertRejects(() => names.use("bob", "key 2"), ChatError, 'name "bob" is taken');
  await names.use("bob", "key 1");
});
