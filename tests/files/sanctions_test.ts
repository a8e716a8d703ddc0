import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ChatError } from "../../room/errors.ts";
import { type Sanction, Sanctions, type SanctionStore } from "../../room/sanctions.ts";
import { MemoryStore } from "../../server/storage/memory_store.ts";
import { SqliteStore } from "../../server/storage/sqlite/store.ts";
import { formatDuration, parseDuration } from "../../text/duration.ts";

const EVERYTHING = { notes: 100, ageMs: Infinity, bytes: Infinity };

/** Every implementation, with a function that makes it in a temporary folder. */
const STORES: [name: string, open: (folder: string) => SanctionStore & AsyncDisposable][] = [
  ["MemoryStore", () => new MemoryStore(EVERYTHING)],
  ["SqliteStore", (folder) => SqliteStore.open(`${folder}/a.db`, EVERYTHING)],
];

const BOB = { key: "SHA256:bob", network: "10.0.0.1" };
const GUEST = { key: undefined, network: "10.0.0.1" };

function sanction(parts: Partial<Sanction>): Sanction {
  return {
    kind: "ban",
    principal: BOB.key,
    name: "bob",
    by: "ann",
    reason: "",
    time: 1_000,
    ...parts,
  };
}

for (const [store, open] of STORES) {
  const test = (behavior: string, body: (store: SanctionStore) => Promise<void>) =>
    Deno.test(`Sanctions over a ${store} ${behavior}`, async () => {
      const folder = await Deno.makeTempDir();
      try {
        await using store = open(folder);
        await body(store);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });

  test("apply to a key, or to everyone in a network without a key", async (store) => {
    const sanctions = await Sanctions.open(store, () => 1_000);
    await sanctions.impose(sanction({ reason: "spam" }));
    await sanctions.impose(sanction({ kind: "mute", principal: GUEST.network, name: "guest" }));
    const banned = assertThrows(() => sanctions.check("ban", BOB), ChatError);
    assertEquals([banned.code, banned.message], ["forbidden", "banned: spam"]);
    const muted = assertThrows(() => sanctions.check("mute", GUEST), ChatError);
    assertEquals(muted.message, "muted");
    sanctions.check("mute", BOB);
    sanctions.check("ban", GUEST);
    sanctions.check("mute", { ...GUEST, network: "10.0.0.2" });
  });

  test("apply until they expire, also when they are reopened", async (store) => {
    let now = 1_000;
    const sanctions = await Sanctions.open(store, () => now);
    await sanctions.impose(sanction({ until: 601_000 }));
    const kept = sanction({ kind: "mute", reason: "“noise”" });
    await sanctions.impose(kept);
    const again = await Sanctions.open(store, () => now);
    const error = assertThrows(() => again.check("ban", BOB), ChatError);
    assertEquals(error.message, "banned for 10 min");
    assertEquals(again.list(), [sanction({ until: 601_000 }), kept]);
    now = 601_000;
    for (const each of [sanctions, again]) each.check("ban", BOB);
    assertEquals(again.list(), [kept]);
    await Sanctions.open(store, () => now);
    assertEquals(await store.sanctions(), [kept]); // Expired ones are not kept for ever.
  });

  test("are lifted by name or by subject", async (store) => {
    const sanctions = await Sanctions.open(store, () => 1_000);
    const [ban, mute] = [sanction({}), sanction({ kind: "mute" })];
    await sanctions.impose(ban);
    await sanctions.impose(mute);
    assertEquals(sanctions.find("ban", "cat"), []);
    assertEquals(sanctions.find("ban", "BOB"), [ban]);
    await sanctions.lift(ban);
    sanctions.check("ban", BOB);
    assertThrows(() => sanctions.check("mute", BOB), ChatError);
    assertEquals(sanctions.find("mute", BOB.key), [mute]);
    await sanctions.lift(mute);
    assertEquals(await store.sanctions(), []);
  });

  test("are replaced by a later one of the same kind", async (store) => {
    const sanctions = await Sanctions.open(store, () => 1_000);
    await sanctions.impose(sanction({ until: 2_000 }));
    await sanctions.impose(sanction({ by: "cat" }));
    assertEquals(await store.sanctions(), [sanction({ by: "cat" })]);
    assertEquals(sanctions.list(), [sanction({ by: "cat" })]);
  });
}

Deno.test("Sanctions that could not be stored do not apply", async () => {
  const failing: SanctionStore = {
    sanctions: () => Promise.resolve([]),
    saveSanction: () => Promise.reject(new ChatError("unavailable", "the disk is full")),
    liftSanction: () => Promise.resolve(),
  };
  const sanctions = await Sanctions.open(failing, () => 0);
  await assertRejects(() => sanctions.impose(sanction({})), ChatError, "the disk is full");
  sanctions.check("ban", BOB);
});

Deno.test("formatDuration() prints a duration in words, never rounding down", () => {
  const spans = {
    "1 s": 1,
    "119 s": 119_000,
    "2 min": 119_001,
    "119 min": 7_140_000,
    "1 h": 3_600_000,
    "2 h": 7_140_001,
    "2 d": 172_799_999,
  };
  for (const [words, ms] of Object.entries(spans)) assertEquals(formatDuration(ms), words);
  assertEquals([formatDuration(parseDuration("2h")!), formatDuration(parseDuration("47h")!)], [
    "2 h",
    "47 h",
  ]);
  assertEquals([formatDuration(parseDuration("48h")!), formatDuration(parseDuration("999999d")!)], [
    "2 d",
    "999999 d",
  ]);
  for (const text of ["", "0m", "1", "30min", "-1s", "1.5h", "1000000d"]) {
    assert(parseDuration(text) === undefined, text);
  }
});

Deno.test("there may be 10,000 sanctions, not counting expired ones", async () => {
  let now = 1_000;
  const sanctions = await Sanctions.open(new MemoryStore(EVERYTHING), () => now);
  for (let i = 0; i < 10_000; i++) {
    await sanctions.impose(sanction({ principal: `10.0.0.${i}`, until: i === 0 ? 2_000 : 9_000 }));
  }
  const one = sanction({ principal: "10.1.1.1" });
  const error = await assertRejects(() => sanctions.impose(one), ChatError);
  assertEquals([error.code, error.message], [
    "full",
    "There are 10,000 bans and mutes already: lift some",
  ]);
  await sanctions.impose(sanction({ principal: "10.0.0.5", reason: "another one" }));
  now = 2_000;
  await sanctions.impose(one);
  assertEquals(sanctions.list().length, 10_000);
});
