import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { toNetwork } from "../../room/network.ts";
import { Sanctions } from "../../room/sanctions.ts";
import version1 from "../../server/storage/sqlite/migrations/001_rooms_and_notes.sql" with {
  type: "text",
};
import version2 from "../../server/storage/sqlite/migrations/002_whispers.sql" with {
  type: "text",
};
import version3 from "../../server/storage/sqlite/migrations/003_name_owners.sql" with {
  type: "text",
};
import version4 from "../../server/storage/sqlite/migrations/004_sanctions.sql" with {
  type: "text",
};
import version5 from "../../server/storage/sqlite/migrations/005_copies.sql" with { type: "text" };
import { SqliteStore } from "../../server/storage/sqlite/store.ts";

const EVERYTHING = { notes: 100, ageMs: Infinity, bytes: Infinity };
const ALL = { notes: 100, chars: Infinity };
const TOPIC = { text: "new", by: "ann", time: 50, locked: false, lockedBy: "" };

/** A file as version 1 left it, with a note of each kind, and one whose text is stored as bytes. */
function makeVersion1(file: string): void {
  const db = new DatabaseSync(file);
  db.exec("PRAGMA journal_mode = WAL");
  db.exec(version1);
  db.exec(`
    PRAGMA application_id = ${0x63686174};
    PRAGMA user_version = 1;
    INSERT INTO rooms VALUES (1, 'lobby', 'a history', 4, 3), (2, 'dev', 'another', 0, 0);
    INSERT INTO notes VALUES
      (1, 2, 10, 'said', 'ann', 'a', 'id a'),
      (1, 3, 20, 'action', 'bob', x'6200', NULL),
      (1, 4, 30, 'said', 'cat', '', 'id c');
  `);
  db.close();
}

Deno.test("SqliteStore opens a file of version 1, keeps its notes, and accepts private notes and topics", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/a.db`;
    makeVersion1(file);
    const old = [
      { seq: 2, time: 10, name: "ann", message: "a", kind: "said" },
      { seq: 3, time: 20, name: "bob", message: "b\0", kind: "action" },
      { seq: 4, time: 30, name: "cat", message: "", kind: "said" },
    ] as const;
    const psst = { name: "ann", message: "psst", kind: "whisper", to: "bob" } as const;
    {
      await using store = SqliteStore.open(file, EVERYTHING);
      assertEquals(await store.rooms(), ["lobby"]);
      const log = await store.open("lobby");
      assertEquals([log.history, log.first, log.head], ["a history", 2, 4]);
      assertEquals(await log.read(1, ALL), [...old]);
      const { seqs } = await log.append([{ id: "id a", ...psst }, { id: "new", ...psst }], 40);
      assertEquals(seqs, [2, 5]);
      assertEquals((await store.topics()).size, 0);
      await store.saveTopic("lobby", () => TOPIC);
    }
    await using store = SqliteStore.open(file, EVERYTHING);
    const log = await store.open("lobby");
    assertEquals(await log.read(1, ALL), [...old, { seq: 5, time: 40, ...psst }]);
    assertEquals(await store.topics(), new Map([["lobby", TOPIC]]));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const key = (letter: string) => `SHA256:${letter.repeat(43)}`;

Deno.test("SqliteStore assigns private notes of version 5 to the keys that owned their recipients' names then and still do", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/a.db`;
    const db = new DatabaseSync(file);
    db.exec([version1, version2, version3, version4, version5].join("\n"));
    db.exec(`
      PRAGMA application_id = ${0x63686174};
      PRAGMA user_version = 5;
      INSERT INTO rooms VALUES (1, 'lobby', 'a history', 6, 3, 0);
      INSERT INTO names VALUES
        ('ann', 'Ann', '${key("a")}', 5), ('straße', 'Straße', '${key("s")}', 5),
        ('late', 'late', '${key("l")}', 35);
      INSERT INTO notes (room, seq, time, kind, name, message, id, recipient, verified) VALUES
        (1, 1, 10, 'whisper', 'ANN', 'a', 'id 1', 'STRASSE', 1),
        (1, 2, 20, 'whisper', 'ann', 'not hers', 'id 2', 'ann', 0),
        (1, 3, 30, 'whisper', 'late', 'of the one before', 'id 3', 'late', 1),
        (1, 4, 40, 'whisper', 'late', 'hers', 'id 4', 'nobody', 1),
        (1, 5, 50, 'said', 'ann', 'to all', 'id 5', NULL, 1),
        (1, 6, 60, 'said', 'ann', 'to all', 'id 6', NULL, 0);
    `.replaceAll("straße", "strasse"));
    db.close();
    await using store = SqliteStore.open(file, EVERYTHING);
    const log = await store.open("lobby");
    const keys = (await log.read(1, ALL)).map(({ author, reader }) => [author, reader]);
    assertEquals(keys, [
      [key("a"), key("s")],
      [undefined, key("a")],
      [undefined, undefined],
      [key("l"), undefined],
      [undefined, undefined],
      [undefined, undefined],
    ]);
    // Where no key was stored, an id belongs to the name and its verified flag.
    const said = { message: "x", kind: "said", name: "ann" } as const;
    const ann = { ...said, verified: true, author: key("a") };
    const { seqs } = await log.append([
      { ...ann, id: "id 5" },
      { ...said, id: "id 6" },
      { ...ann, id: "id 1", name: "anna" },
      { ...said, id: "id 5" },
      { ...ann, id: "id 6" },
      { ...ann, id: "id 5", name: "bob" },
    ], 70);
    assertEquals(seqs, [5, 6, 1, 7, 8, 9]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("SqliteStore keeps sanctions of version 5 in force, whose networks had all zeros", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/a.db`;
    const addresses = ["::1", "2001:db8::1", "2001:db8:0:5::1", "2001:db8:5::1", "192.0.2.1"];
    const stored = [
      ...["0:0:0:0::/64", "2001:db8:0:0::/64", "2001:db8:0:5::/64", "2001:db8:5:0::/64"],
      ...["192.0.2.1", key("a")],
    ];
    const db = new DatabaseSync(file);
    db.exec([version1, version2, version3, version4, version5].join("\n"));
    db.exec(`
      PRAGMA application_id = ${0x63686174};
      PRAGMA user_version = 5;
      INSERT INTO sanctions (kind, whom, name, operator, reason, time) VALUES
        ${stored.map((whom) => `('ban', '${whom}', 'ann', 'bob', '', 1)`).join(", ")};
    `);
    db.close();
    await using store = SqliteStore.open(file, EVERYTHING);
    const sanctions = await Sanctions.open(store, () => 1);
    assertEquals(
      new Set(sanctions.list().map(({ principal }) => principal)),
      new Set([...addresses.map(toNetwork), key("a")]),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
