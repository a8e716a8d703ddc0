import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import type { NameUse } from "../../../room/state/name_use.ts";
import type { Names } from "../../../room/state/names.ts";
import { useName } from "../stores/names.ts";
import type { RegisterTest } from "../stores/register.ts";
import {
  settle,
  type StartCluster,
  type TestServer,
  type TestServerOptions,
  withServers,
} from "./shared_store.ts";

type TwoServers = readonly [TestServer, TestServer];

/** The races that are held at once. */
const AT_ONCE = 5;

/** Letters that look like no others. */
const LETTERS = "abcdefgh";

/** A text for each number below 512; no two look alike. */
function letters(i: number): string {
  return [i >> 6, i >> 3 & 7, i & 7].map((digit) => LETTERS[digit]).join("");
}

/** Records why a use of a name ends. */
function whenLost(use: NameUse): string[] {
  const reasons: string[] = [];
  use.onLost(({ code, message }) => reasons.push(`${code}: ${message}`));
  return reasons;
}

/** Lets two servers use two names at once, and returns the key whose claim has won on both. */
async function race(servers: TwoServers, spellings: readonly [string, string]): Promise<string> {
  const claims = await Promise.allSettled(
    servers.map(({ names }, i) => useName(names, spellings[i]!, `key ${i}`)),
  );
  const won = claims.findIndex(({ status }) => status === "fulfilled");
  const lost = claims[1 - won]!;
  assertEquals([lost.status, lost.status === "rejected" && lost.reason.code], [
    "rejected",
    "taken",
  ]);
  await settle(...servers);
  for (const { names } of servers) {
    const owners = spellings.map((name) => names.findOwner(name));
    assertEquals(
      owners.filter((owner) => owner !== undefined).every((o) => o === `key ${won}`),
      true,
    );
    assertThrows(() => names.check(spellings[1 - won]!, `key ${1 - won}`), ChatError, "is taken");
  }
  return `key ${won}`;
}

/** Holds races, some of them at once, and returns the keys that have won. */
async function raceOften(
  servers: TwoServers,
  times: number,
  spell: (text: string) => [string, string],
): Promise<string[]> {
  const owners: string[] = [];
  while (owners.length < times) {
    const several = Array.from({ length: AT_ONCE }, (_, i) => spell(letters(owners.length + i)));
    owners.push(...await Promise.all(several.map((spellings) => race(servers, spellings))));
  }
  return owners;
}

/** Tests names on several servers of a cluster. */
export function testSharedNames(
  cluster: string,
  start: StartCluster,
  register: RegisterTest = Deno.test,
): void {
  const test = (
    behavior: string,
    body: (servers: TwoServers, open: () => Promise<TestServer>) => Promise<void>,
    options: TestServerOptions = {},
  ) =>
    register(
      `Names of two servers on ${cluster} ${behavior}`,
      () =>
        withServers(start, async (openWith) => {
          const open = () => openWith(options);
          await body([await open(), await open()], open);
        }),
    );

  test("give a name to one of two keys, 300 times", async (servers, open) => {
    const owners = await raceOften(servers, 300, (text) => [text, text.toUpperCase()]);
    const { names } = await open(); // A server that starts has all of them.
    assertEquals(owners.map((_, i) => names.findOwner(letters(i))), owners);
  });

  test("give one of two names that look alike to a key, 300 times", async (servers, open) => {
    await raceOften(servers, 300, (text) => [`${text}o`, `${text}0`]);
    const [a, b, c] = [...servers, await open()].map(({ names }) => ownersOf(names));
    assertEquals([a!.length, b, c], [300, a, a]);
  });

  test("give a name once if one key claims it on both", async (servers) => {
    const uses = await Promise.all(
      servers.map(({ names }, i) => useName(names, ["bob", "Bob"][i]!, "key 1")),
    );
    await settle(...servers);
    const [a, b] = servers.map(({ names }) => names.list());
    assertEquals([a!.length, a], [1, b]);
    for (const use of uses) use[Symbol.dispose]();
  });

  test("are bounded for each key and in total, over all servers", async (servers) => {
    const claim = (i: number, key: string) =>
      useName(servers[i % 2]!.names, letters(i), key).then(() => "ok", ({ code }) => String(code));
    const one = await Promise.all([0, 1, 2, 3].map((i) => claim(i, "key 1")));
    const others = await Promise.all([4, 5, 6, 7].map((i) => claim(i, `key ${i}`)));
    assertEquals([one.toSorted(), others.toSorted()], [
      ["full", "full", "ok", "ok"],
      ["full", "full", "full", "ok"],
    ]);
    await settle(...servers);
    assertEquals(ownersOf(servers[0].names), ownersOf(servers[1].names));
  }, { names: { maxNames: 2, maxOwned: 3 } });

  test("end guests whose name a key claims elsewhere, or one like it", async ([a, b]) => {
    const uses = await Promise.all(["bob", "B0b", "cat"].map((name) => useName(b.names, name)));
    const reasons = uses.map(whenLost);
    await useName(a.names, "bob", "key 1");
    await settle(a, b);
    assertEquals(reasons, [
      ['taken: name "bob" is taken'],
      ['taken: name "B0b" is taken: it looks like "bob"'],
      [],
    ]);
    for (const use of uses) use[Symbol.dispose]();
    assertThrows(() => b.names.use("bob", { key: undefined, claim: () => {} }), ChatError);
  });

  test("are released on both", async ([a, b]) => {
    (await useName(a.names, "bob", "key 1"))[Symbol.dispose]();
    await settle(a, b);
    for (const { names } of [a, b]) {
      assertEquals(names.listOf("key 1").map(({ name }) => name), ["bob"]);
    }
    await b.names.release("BOB");
    await settle(a, b);
    for (const { names } of [a, b]) assertEquals(names.listOf("key 1"), []);
    assertEquals([a.names.findOwner("bob"), b.names.findOwner("bob")], [undefined, undefined]);
    await useName(a.names, "bob", "key 2");
    await settle(a, b);
    assertEquals(b.names.findOwner("bob"), "key 2");
  });

  test("stay with an owner who comes on one while the other releases them", async ([a, b]) => {
    (await useName(a.names, "bob", "key 1"))[Symbol.dispose]();
    await settle(a, b);
    const released = b.names.release("bob");
    const use = await useName(a.names, "bob", "key 1");
    const lost = whenLost(use);
    await released;
    await settle(a, b);
    await use.keep(); // It is claimed again.
    await settle(a, b);
    assertEquals([a.names.findOwner("bob"), b.names.findOwner("bob")], ["key 1", "key 1"]);
    assertEquals(lost, []);
  });

  test("end an owner who comes while another key gets the released name", async ([a, b]) => {
    (await useName(a.names, "bob", "key 1"))[Symbol.dispose]();
    await settle(a, b);
    // As if the release and the next claim had come before this server could claim it again.
    const use = await useName(a.names, "bob", "key 1");
    const lost = whenLost(use);
    const next = { name: "bob", key: "key 2", time: 9, seen: 9, spoken: false };
    await b.store.saveOwnedName(next);
    await settle(a, b);
    assertEquals(lost, ['taken: name "bob" is taken']);
    use[Symbol.dispose]();
    assertEquals([a.names.findOwner("bob"), b.names.findOwner("bob")], ["key 2", "key 2"]);
  });

  test("stay with the next owner while the other server releases them", async ([a, b]) => {
    (await useName(a.names, "bob", "key 1"))[Symbol.dispose]();
    await settle(a, b);
    const next = { name: "bob", key: "key 2", time: 9, seen: 9, spoken: false };
    await Promise.all([b.store.saveOwnedName(next), a.names.release("bob")]);
    await settle(a, b);
    assertEquals([a.names.findOwner("bob"), b.names.findOwner("bob")], ["key 2", "key 2"]);
  });

  test("stay with their owner when a session that lost the race leaves", async ([a, b]) => {
    const claims = await Promise.allSettled([a, b].map(({ names }, i) => {
      const use = names.use("bob", { key: `key ${i}`, claim: () => {} });
      const kept = use.keep();
      use[Symbol.dispose]();
      return kept;
    }));
    await settle(a, b);
    const owner = `key ${claims.findIndex(({ status }) => status === "fulfilled")}`;
    assertEquals([a.names.findOwner("bob"), b.names.findOwner("bob")], [owner, owner]);
  });

  test("keep the later visit, and that something was posted", async ([a, b]) => {
    const bob = { name: "bob", key: "key 1", time: 1, seen: 1, spoken: false };
    await a.store.saveOwnedName(bob);
    await settle(a, b);
    await Promise.all([
      a.store.saveOwnedName({ ...bob, seen: 9 }),
      b.store.saveOwnedName({ ...bob, seen: 5, spoken: true }),
    ]);
    await b.store.saveOwnedName({ ...bob, seen: 3 });
    await settle(a, b);
    const latest = [{ ...bob, seen: 9, spoken: true }];
    for (const { names, store } of [a, b]) {
      assertEquals([names.list(), await store.ownedNames()], [latest, latest]);
    }
  });

  let clock = 7;
  test("keep a visit that only one of them knows yet", async ([a, b]) => {
    const use = await useName(a.names, "bob", "key 1");
    await settle(a, b);
    use[Symbol.dispose]();
    const visited = a.names.list();
    await b.names.markAddressed("bob");
    await settle(a, b);
    assertEquals(a.names.list(), visited.map((bob) => ({ ...bob, spoken: true })));
  }, { names: { now: () => clock++ } });

  test("do not store visits of a name that was released elsewhere", async ([a, b]) => {
    const use = await useName(a.names, "bob", "key 1");
    await settle(a, b);
    use[Symbol.dispose]();
    await Promise.all([b.names.release("bob"), a.names.sweep()]);
    await settle(a, b);
    assertEquals([await a.store.ownedNames(), a.names.findOwner("bob")], [[], undefined]);
  }, { names: { now: () => clock++ } });

  const elsewhere = {
    isOwnerPresent: (name: string, key: string) => key === "key 1" && name === "bob",
    findGuest: (name: string) => name === "b0b" ? "bob" : undefined,
  };
  test("are not released while their owner is on another server", async ([a, b]) => {
    await a.store.saveOwnedName({ name: "bob", key: "key 1", time: 1, seen: 1, spoken: false });
    await settle(a, b);
    const release = () => b.names.release("bob");
    await assertRejects(release, ChatError, 'Cannot release "bob": its owner is using it');
    await b.names.sweep(); // Nothing was posted under it.
    await settle(a, b);
    assertEquals(a.names.findOwner("bob"), "key 1");
  }, { names: { ...elsewhere, now: () => 1_000_000 } });

  test("are not claimed while a guest uses one like it on another server", async ([a]) => {
    const claim = () => useName(a.names, "b0b", "key 2");
    await assertRejects(claim, ChatError, 'name "b0b" is taken: it looks like "bob"');
    await useName(a.names, "cat", "key 2");
  }, { names: elsewhere });

  test("are free again once, if both find them unused", async (servers) => {
    const [a, b] = servers;
    await a.store.saveOwnedName({ name: "bob", key: "key 1", time: 1, seen: 1, spoken: false });
    await settle(a, b);
    await Promise.all([a.names.sweep(), b.names.sweep()]);
    await settle(a, b);
    assertEquals([ownersOf(a.names), ownersOf(b.names)], [[], []]);
  }, { names: { now: () => 1_000_000 } });
}

/** The owned names, in order. */
function ownersOf(names: Names): string[] {
  return names.list().map(({ name, key }) => `${name} ${key}`).toSorted();
}
