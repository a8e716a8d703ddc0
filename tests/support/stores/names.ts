import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import type { NameStore } from "../../../room/state/name_store.ts";
import type { NameUse } from "../../../room/state/name_use.ts";
import { Names } from "../../../room/state/names.ts";
import type { RegisterTest } from "./register.ts";

/** Small bounds, and errors that fail the test. */
export const NAMES_OPTIONS = {
  ...{ now: () => 7, maxNames: 2, maxOwned: 4, awayMs: 100 },
  onError: (error: unknown) => {
    throw error;
  },
};

/** Uses a name, and has it stored if it is not, as sessions do. */
export async function useName(names: Names, name: string, key?: string): Promise<NameUse> {
  const use = names.use(name, { key, claim: () => {} });
  try {
    if (!use.isKept) await use.keep();
  } catch (error) {
    use[Symbol.dispose]();
    throw error;
  }
  return use;
}

/** Opens an empty store, which may use files in a temporary folder. */
export type OpenNameStore = (
  folder: string,
) => (NameStore & AsyncDisposable) | Promise<NameStore & AsyncDisposable>;

/** Tests an implementation of `NameStore`: every one must pass. */
export function testNames(
  name: string,
  open: OpenNameStore,
  register: RegisterTest = Deno.test,
): void {
  const test = (behavior: string, body: (names: Names, store: NameStore) => Promise<void>) =>
    register(`Names over a ${name} ${behavior}`, async () => {
      const folder = await Deno.makeTempDir();
      try {
        await using store = await open(folder);
        await body(await Names.open(store, NAMES_OPTIONS), store);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });

  test("give a name to its first key only", async (names, store) => {
    (await useName(names, "Bob", "key 1"))[Symbol.dispose]();
    (await useName(names, "BOB", "key 1"))[Symbol.dispose]();
    assertEquals(await store.ownedNames(), [
      { name: "Bob", key: "key 1", time: 7, seen: 7, spoken: false },
    ]);
    for (const key of ["key 2", undefined]) {
      const error = await assertRejects(() => useName(names, "bob", key), ChatError);
      assertEquals([error.code, error.message], ["taken", 'name "bob" is taken']);
      const alike = assertThrows(() => names.check("b0b", key), ChatError);
      assertEquals(alike.message, 'name "b0b" is taken: it looks like "Bob"');
    }
    names.check("b0b", "key 1"); // A look-alike of one's own name confuses nobody.
  });

  test("know their owners when they are reopened", async (names, store) => {
    await useName(names, "ann", "key 1");
    const again = await Names.open(store, NAMES_OPTIONS);
    assertThrows(() => again.check("Ann", "key 2"), ChatError);
    await useName(again, "ann", "key 1");
    await useName(again, "cat", "key 1");
    await assertRejects(
      () => useName(again, "dan", "key 1"),
      ChatError,
      "key key 1 already has 2 names",
    );
  });

  test("that are older than the naming rule stay with their owner", async (_, store) => {
    const old = ["ann, cy", "bob\u2065", "👩‍💻", "Ian"];
    const since = { time: 7, seen: 7, spoken: true };
    for (const name of old) await store.saveOwnedName({ name, key: "key 1", ...since });
    await store.saveOwnedName({ name: "lan", key: "key 2", ...since }); // Looks like "Ian".
    const names = await Names.open(store, NAMES_OPTIONS);
    for (const name of old) {
      (await useName(names, name, "key 1"))[Symbol.dispose]();
      for (const key of ["key 2", "key 3", undefined]) {
        const error = assertThrows(() => names.check(name, key), ChatError);
        assertEquals(error.code, name === "Ian" ? "taken" : "invalid");
      }
    }
    (await useName(names, "lan", "key 2"))[Symbol.dispose]();
    (await useName(names, "Ann, Cy", "key 1"))[Symbol.dispose]();
    assertThrows(() => names.check("bob\u{e0000}", "key 1"), ChatError, "U+E0000");
  });

  test("are bounded for each key and in total", async (names) => {
    await useName(names, "a1", "key 1");
    await useName(names, "a2", "key 1");
    const error = await assertRejects(() => useName(names, "a3", "key 1"), ChatError);
    assertEquals(error.code, "full");
    assertEquals(
      error.message,
      'Cannot claim name "a3": key key 1 already has 2 names, the maximum',
    );
    await useName(names, "b1", "key 2");
    await useName(names, "b2", "key 2");
    await assertRejects(() => useName(names, "c", "key 3"), ChatError, "already has 4 owned names");
    await useName(names, "a1", "key 1");
  });

  test("do not belong to a key while a session without one uses them", async (names) => {
    const first = await useName(names, "guest", undefined);
    const second = await useName(names, "Guest", undefined);
    first[Symbol.dispose]();
    await assertRejects(() => useName(names, "guest", "key 1"), ChatError, 'name "guest" is taken');
    await assertRejects(() => useName(names, "guést", "key 1"), ChatError, 'looks like "guest"');
    second[Symbol.dispose]();
    await useName(names, "guest", "key 1");
    await assertRejects(() => useName(names, "guest", undefined), ChatError);
  });

  test("are free once released, for the next key", async (names, store) => {
    (await useName(names, "Bob", "key 1"))[Symbol.dispose]();
    await useName(names, "b2", "key 1");
    await names.release("BOB");
    assertEquals([names.findOwner("bob"), (await store.ownedNames()).length], [undefined, 1]);
    (await useName(names, "guest", undefined))[Symbol.dispose]();
    (await useName(names, "bob", undefined))[Symbol.dispose]();
    await useName(names, "bob", "key 2");
    assertEquals((await Names.open(store, NAMES_OPTIONS)).findOwner("bob"), "key 2");
    await useName(names, "b3", "key 1"); // A released one does not count.
  });

  test("are listed by key, the most recently used first", async (_, store) => {
    let now = 1_000;
    const names = await Names.open(store, { ...NAMES_OPTIONS, now: () => now++ });
    (await useName(names, "a1", "key 1"))[Symbol.dispose]();
    const here = await useName(names, "a2", "key 1");
    (await useName(names, "b1", "key 2"))[Symbol.dispose]();
    const listed = (all: Names, key: string) => all.listOf(key).map(({ name }) => name);
    assertEquals(listed(names, "key 1"), ["a2", "a1"]);
    here[Symbol.dispose]();
    (await useName(names, "a1", "key 1"))[Symbol.dispose]();
    assertEquals(listed(names, "key 1"), ["a1", "a2"]);
    await names.release("a1");
    assertEquals(listed(names, "key 1"), ["a2"]);
    await names.release("a2");
    for (const all of [names, await Names.open(store, NAMES_OPTIONS)]) {
      assertEquals([listed(all, "key 1"), listed(all, "key 2")], [[], ["b1"]]);
    }
  });

  test("are not released while their owner uses them", async (names) => {
    const uses = await Promise.all([
      useName(names, "Bob", "key 1"),
      useName(names, "bob", "key 1"),
    ]);
    for (const use of uses) {
      const error = await assertRejects(() => names.release("bob"), ChatError);
      assertEquals(
        [error.code, error.message],
        ["taken", 'Cannot release "Bob": its owner is using it'],
      );
      use[Symbol.dispose]();
    }
    const joining = useName(names, "bob", "key 1");
    await assertRejects(() => names.release("bob"), ChatError, "its owner is using it");
    (await joining)[Symbol.dispose]();
    await names.release("bob");
    assertEquals(names.findOwner("bob"), undefined);
  });

  test("remain the owner's until the store has their release", async (names, store) => {
    (await useName(names, "bob", "key 1"))[Symbol.dispose]();
    const released = names.release("bob");
    await assertRejects(() => useName(names, "bob", "key 2"), ChatError, 'name "bob" is taken');
    await released;
    await useName(names, "bob", "key 2");
    assertEquals((await store.ownedNames()).map(({ key }) => key), ["key 2"]);
  });

  test("are free again if nothing was posted and their owner has been away", async (_, store) => {
    let now = 1_000;
    const names = await Names.open(store, { ...NAMES_OPTIONS, now: () => now });
    const silent = await useName(names, "silent", "key 1");
    const spoken = await useName(names, "spoken", "key 1");
    const addressed = await useName(names, "addressed", "key 2");
    spoken.markSpoken();
    names.markAddressed("ADDRESSED"); // By a private note: nobody else may get the name.
    for (const each of [spoken, addressed]) each[Symbol.dispose]();
    now = 5_000;
    await names.sweep(); // They are present.
    assertEquals(names.findOwner("silent"), "key 1");
    silent[Symbol.dispose]();
    now = 5_099;
    await names.sweep();
    assertEquals(names.findOwner("silent"), "key 1");
    now = 5_100;
    await names.sweep();
    assertEquals(
      ["silent", "spoken", "addressed"].map((name) => names.findOwner(name)),
      [undefined, "key 1", "key 2"],
    );
    assertEquals((await store.ownedNames()).map(({ name }) => name).toSorted(), [
      "addressed",
      "spoken",
    ]);
    await useName(names, "silent", "key 2");
    await useName(names, "another", "key 1"); // It does not count any more.
  });

  test("know when their owners were last seen, when they are reopened", async (_, store) => {
    let now = 1_000;
    const options = { ...NAMES_OPTIONS, now: () => now, awayMs: 86_400_000 };
    const names = await Names.open(store, options);
    const left = await useName(names, "left", "key 1");
    const here = await useName(names, "here", "key 1");
    now = 2_000;
    left[Symbol.dispose]();
    now = 3_602_000; // An hour later.
    const seenBy = (all: Names) =>
      Object.fromEntries(all.list().map(({ name, seen }) => [name, seen]));
    assertEquals(seenBy(names), { here: 3_602_000, left: 2_000 });
    await names.sweep();
    const seen = async () => seenBy(await Names.open(store, options));
    assertEquals(await seen(), { here: 3_602_000, left: 2_000 });
    const back = await useName(names, "left", "key 1");
    now += 3_600_000;
    await names.sweep();
    assertEquals(await seen(), { here: now, left: now });
    for (const use of [here, back]) use[Symbol.dispose](); // The next ones share the store with these, which know who is present.
    now += 86_400_000;
    const again = await Names.open(store, options);
    await again.sweep();
    assertEquals(again.list(), []);
  });

  test("are free if they were never stored", async (names, store) => {
    const claim = () => {};
    const both = [1, 2].map(() => names.use("bob", { key: "key 1", claim }));
    both[0]![Symbol.dispose]();
    assertThrows(() => names.use("bob", { key: "key 2", claim }), ChatError, "is taken");
    both[1]![Symbol.dispose]();
    assertEquals([names.findOwner("bob"), names.list(), await store.ownedNames()], [
      undefined,
      [],
      [],
    ]);
    await useName(names, "bob", "key 2");
  });

  test("ask before they get an owner, and only then", async (names) => {
    let asked = 0;
    const claim = () => {
      if (asked++ > 0) throw new ChatError("limited", "too many");
    };
    await names.use("bob", { key: "key 1", claim }).keep();
    names.use("BOB", { key: "key 1", claim });
    names.use("guest", { key: undefined, claim });
    assertEquals(asked, 1);
    assertThrows(() => names.use("cat", { key: "key 1", claim }), ChatError, "too many");
    assertEquals(names.findOwner("cat"), undefined);
  });

  test("give a name that two keys want at once to one of them", async (names, store) => {
    const claims = await Promise.allSettled(
      ["key 1", "key 2"].map((key) => useName(names, "bob", key)),
    );
    assertEquals(claims.map(({ status }) => status), ["fulfilled", "rejected"]);
    assertEquals((await store.ownedNames()).map(({ key }) => key), ["key 1"]);
  });
}
