import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ChatError } from "../../room/errors.ts";
import { Sanctions, type SanctionStore } from "../../room/sanctions.ts";
import { MemoryStore } from "../../server/storage/memory/store.ts";
import { SqliteStore } from "../../server/storage/sqlite/store.ts";
import { formatDuration, parseDuration } from "../../text/duration.ts";
import {
  BOB,
  type OpenSanctionStore,
  sanction,
  testSanctions,
} from "../support/stores/sanctions.ts";

const EVERYTHING = { notes: 100, ageMs: Infinity, bytes: Infinity };

const STORES: [name: string, open: OpenSanctionStore][] = [
  ["MemoryStore", () => new MemoryStore(EVERYTHING)],
  ["SqliteStore", (folder) => SqliteStore.open(`${folder}/a.db`, EVERYTHING)],
];

for (const [name, open] of STORES) testSanctions(name, open);

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

Deno.test("Sanctions keep one that is imposed while its expired predecessor is deleted", async () => {
  let now = 1_000;
  const sanctions = await Sanctions.open(new MemoryStore(EVERYTHING), () => now);
  await sanctions.impose(sanction({ until: 2_000 }));
  now = 2_000;
  const imposed = sanctions.impose(sanction({ until: 9_000 }));
  await Promise.all([imposed, sanctions.dropExpired()]);
  assertThrows(() => sanctions.check("ban", BOB), ChatError, "banned");
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
