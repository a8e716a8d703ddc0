import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import version1 from "../server/schema.sql" with { type: "text" };
import { SqliteStore } from "../server/sqlite_store.ts";

const EVERYTHING = { notes: 100, ageMs: Infinity, bytes: Infinity };
const ALL = { notes: 100, chars: Infinity };

/** A file as version 1 left it: with a note of each kind, and one of text that is kept as bytes. */
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

Deno.test("SqliteStore opens a file of version 1, keeps its notes, and takes whispers", async () => {
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
    }
    await using store = SqliteStore.open(file, EVERYTHING);
    const log = await store.open("lobby");
    assertEquals(await log.read(1, ALL), [...old, { seq: 5, time: 40, ...psst }]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
