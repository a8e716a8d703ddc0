import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { ChatError } from "../room/errors.ts";
import schema from "../server/schema.sql" with { type: "text" };
import { SqliteStore } from "../server/sqlite_store.ts";
import { run, startServer } from "./harness.ts";
import { Peer } from "./peer.ts";

const EVERYTHING = { notes: 100_000, ageMs: Infinity, bytes: Infinity };
const LINUX = Deno.build.os === "linux";

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(await Deno.realPath(folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Makes a store with one note, and a copy of it if that is wanted. */
async function makeFile(file: string, copy?: string): Promise<void> {
  await using store = SqliteStore.open(file, EVERYTHING);
  const draft = { id: "id", name: "ann", message: "kept", kind: "said" } as const;
  await (await store.open("lobby")).append([draft], 1);
  if (copy !== undefined) await store.backup(copy);
}

function change(file: string, sql: string): void {
  using stack = new DisposableStack();
  stack.adopt(new DatabaseSync(file), (db) => db.close()).exec(sql);
}

/** Serves a file, has somebody say something, and kills the server. */
async function killAfter(message: string, cwd: string): Promise<void> {
  await using server = await startServer(["--data", "chat.db"], { cwd });
  using peer = new Peer(server.address);
  await peer.send({ name: "ann", message });
  server.kill("SIGKILL");
  await server.ended();
}

/** What `chat export` prints of a file, or complains of. */
async function exported(file: string, through: readonly string[] = []): Promise<string> {
  const args = ["--data", file, "--time", "off", "--room", "lobby"];
  const { code, stdout, stderr } = await run("export", args, { through });
  return `${code} ${stdout}${stderr}`;
}

Deno.test("a WAL that a killed server left is not written over a backup that takes the place of its file", () =>
  inFolder(async (folder) => {
    const [file, copy] = [`${folder}/chat.db`, `${folder}/copy.db`];
    await makeFile(file, copy);
    await killAfter("later", folder);
    const wal = await Deno.readFile(`${file}-wal`);
    assert(wal.length > 0);
    await Deno.copyFile(copy, file);
    const reason =
      `"${file}-wal" beside it belongs to another file; move it and "${file}-shm" away`;
    const message = `Cannot open "${file}": ${reason}`;
    for (const missing of [false, true]) {
      if (missing) await Deno.remove(file);
      assertThrows(() => SqliteStore.open(file, EVERYTHING), ChatError, message);
      assertEquals(await Deno.readFile(`${file}-wal`), wal);
    }
    await Deno.copyFile(copy, file);
    assertEquals(await exported(file), `1 error: ${message}\n`);
    const served = await run("serve", ["--port", "0", "--data", file]);
    assertEquals([served.code, served.stderr], [1, `error: ${message}\n`]);
    await Deno.remove(`${file}-wal`);
    assertEquals(await exported(file), "0 [~ann] kept\n");
  }));

Deno.test("a killed server goes on with its own WAL, also by a link to its file", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/disk`);
    await makeFile(`${folder}/disk/real.db`);
    await Deno.symlink("disk/real.db", `${folder}/chat.db`);
    await killAfter("later", folder);
    assert((await Deno.stat(`${folder}/disk/real.db-wal`)).size > 0);
    assertEquals(await exported(`${folder}/chat.db`), "0 [~ann] kept\n[~ann] later\n");
  }));

Deno.test("a link to a file is the file: neither its WAL nor its lock is lost", () =>
  inFolder(async (folder) => {
    const [file, link] = [`${folder}/chat.db`, `${folder}/link.db`];
    await makeFile(file, `${folder}/copy.db`);
    await killAfter("later", folder);
    await Deno.copyFile(`${folder}/copy.db`, file);
    await Deno.symlink("chat.db", link);
    assertThrows(() => SqliteStore.open(link, EVERYTHING), ChatError, `"${file}-wal" beside it`);
    await Deno.remove(`${file}-wal`);
    await using _store = SqliteStore.open(file, EVERYTHING);
    assertThrows(() => SqliteStore.open(link, EVERYTHING), ChatError, "has it open already");
  }));

Deno.test("a link to a file that is not there is refused, and nothing is made", () =>
  inFolder(async (folder) => {
    await Deno.symlink("gone.db", `${folder}/chat.db`);
    const message =
      `Cannot open "${folder}/chat.db": it is a link to "gone.db", which is not there`;
    assertThrows(() => SqliteStore.open(`${folder}/chat.db`, EVERYTHING), ChatError, message);
    const { code, stderr } = await run("import", ["--data", `${folder}/chat.db`]);
    assertEquals([code, stderr], [1, `error: ${message}\n`]);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["chat.db"]);
  }));

/** Notes without an end. */
const ENDLESS = `CREATE VIEW notes AS
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
  SELECT 1 AS room, i AS seq, 1 AS time, 'said' AS kind, 'ann' AS name, 'x' AS message,
    NULL AS id, NULL AS recipient, 0 AS verified FROM n`;

/** What somebody has done to a file, and what is said of it. */
const FOREIGN: [what: string, sql: string, reason: string][] = [
  [
    "a view in the place of a table",
    `ALTER TABLE notes RENAME TO others; ${ENDLESS}`,
    'it has a view "notes", which a data file cannot have',
  ],
  [
    "a view of another name",
    "CREATE VIEW v AS SELECT 1",
    'it has a view "v", which a data file cannot have',
  ],
  [
    "a trigger",
    "CREATE TRIGGER t AFTER INSERT ON notes BEGIN DELETE FROM names; END",
    'it has a trigger "t", which a data file cannot have',
  ],
  [
    "a virtual table",
    "CREATE VIRTUAL TABLE f USING fts5(a)",
    'it has a virtual table "f", which a data file cannot have',
  ],
  [
    "a virtual table in the place of a table",
    "DROP TABLE sanctions; CREATE VIRTUAL TABLE sanctions USING fts5(kind, whom)",
    'it has a virtual table "sanctions", which a data file cannot have',
  ],
  ["a table less", "DROP TABLE origins", 'its table "origins" is missing'],
  [
    "a column that is computed",
    "ALTER TABLE notes ADD COLUMN z INTEGER AS (length(message)) VIRTUAL",
    'its table "notes" is not as this program makes it',
  ],
  [
    "another table of the same name",
    "DROP TABLE names; CREATE TABLE names (folded, name, key, time)",
    'its table "names" is not as this program makes it',
  ],
];

for (const [what, sql, reason] of FOREIGN) {
  Deno.test(`a data file with ${what} is refused by serve, export and import`, () =>
    inFolder(async (folder) => {
      const [file, copy] = [`${folder}/a.db`, `${folder}/copy.db`];
      await makeFile(file, copy);
      for (const path of [file, copy]) {
        change(path, sql);
        const before = await Deno.readFile(path);
        const message =
          `Cannot open "${path}": ${reason}; restore a copy of it or choose another file`;
        assertThrows(() => SqliteStore.open(path, EVERYTHING), ChatError, message);
        assertEquals(await exported(path), `1 error: ${message}\n`);
        const imported = await run("import", ["--data", path]);
        assertEquals([imported.code, imported.stderr], [1, `error: ${message}\n`]);
        assertEquals(await Deno.readFile(path), before);
      }
    }));
}

Deno.test("a data file of an old version with a view is refused as well", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.db`;
    change(file, `${schema}; DROP TABLE notes; ${ENDLESS};`);
    change(file, "PRAGMA application_id = 0x63686174; PRAGMA user_version = 1");
    assertThrows(
      () => SqliteStore.open(file, EVERYTHING),
      ChatError,
      'it has a view "notes", which a data file cannot have',
    );
    assertMatch(await exported(file), /^1 error: .* it has a view "notes"/);
  }));

Deno.test("a data file may have tables and indexes that somebody has added", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.db`;
    await makeFile(file);
    change(file, "CREATE TABLE mine (a); CREATE INDEX by_time ON notes (time); ANALYZE");
    assertEquals(await exported(file), "0 [~ann] kept\n");
  }));

/** Opens a store, and reads a setting of the very database that it writes to. */
async function settingOf(pragma: string, file: string): Promise<unknown> {
  const { prepare } = DatabaseSync.prototype;
  let db: DatabaseSync | undefined;
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, ...args) {
    if (this.location() === (file === ":memory:" ? null : file)) db = this;
    return prepare.apply(this, args);
  };
  try {
    await using store = SqliteStore.open(file, EVERYTHING);
    await (await store.open("lobby")).append([], 1);
    assert(db);
    return Object.values(prepare.call(db, `PRAGMA ${pragma}`).get() ?? {})[0];
  } finally {
    DatabaseSync.prototype.prepare = prepare;
  }
}

Deno.test("each transaction waits for the disk: in a new file, an old one, a copy, and again", () =>
  inFolder(async (folder) => {
    const names = ["new", "made", "copy", "old"].map((name) => `${folder}/${name}.db`);
    const [, made = "", copy = "", old = ""] = names;
    await makeFile(made, copy);
    change(old, schema);
    change(old, "PRAGMA application_id = 0x63686174; PRAGMA user_version = 1");
    for (const file of [...names, ...names]) {
      assertEquals(await settingOf("synchronous", file), 2, file); // FULL: it survives power loss.
      assertEquals(await settingOf("journal_mode", file), "wal", file);
    }
  }));

const READ_ONLY = [
  ...["unshare", "-rm", "sh", "-c"],
  'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" "$0" && exec "$@"',
];

const canMount = LINUX && await new Deno.Command("unshare", {
  args: ["-rm", "mount", "-t", "tmpfs", "chat", "/mnt"],
  stdout: "null",
  stderr: "null",
}).output().then(({ success }) => success, () => false);

Deno.test({
  name:
    "a copy on a medium that cannot be written to is exported; what needs to be written is refused",
  ignore: !canMount,
  fn: () =>
    inFolder(async (folder) => {
      const [file, copy] = [`${folder}/chat.db`, `${folder}/copy.db`];
      await makeFile(file, copy);
      const through = [...READ_ONLY, folder];
      assertEquals(await exported(copy, through), "0 [~ann] kept\n");
      const advice = "it is on a file system that cannot be written to; " +
        "copy it to another one or choose another file";
      assertEquals(await exported(file, through), `1 error: Cannot open "${file}": ${advice}\n`);
      for (const path of [file, copy, `${folder}/new.db`]) {
        const { code, stderr } = await run("serve", ["--data", path], { through });
        assertEquals([code, stderr], [1, `error: Cannot open "${path}": ${advice}\n`]);
      }
    }),
});
