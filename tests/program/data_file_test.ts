import { Client, credentials } from "@grpc/grpc-js";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { health, SERVING_STATUS } from "../../proto/health.ts";
import { ChatError } from "../../room/errors.ts";
import schema from "../../server/storage/sqlite/migrations/001_rooms_and_notes.sql" with {
  type: "text",
};
import { SqliteStore } from "../../server/storage/sqlite/store.ts";
import { run, startServer } from "../support/program.ts";
import { failure, Peer } from "../support/wire/grpc_peer.ts";

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

/** Makes a store with one note, and optionally a copy of it. */
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

/** Serves a file, posts a note, and kills the server. */
async function killAfter(message: string, cwd: string): Promise<void> {
  await using server = await startServer(["--data", "chat.db"], { cwd });
  using peer = new Peer(server.address);
  await peer.send({ name: "ann", message });
  server.kill("SIGKILL");
  await server.ended();
}

/** The output of `chat export` for a file, or its error. */
async function exported(file: string, through: readonly string[] = []): Promise<string> {
  const args = ["--data", file, "--time", "off", "--room", "lobby"];
  const { code, stdout, stderr } = await run("export", args, { through });
  return `${code} ${stdout}${stderr}`;
}

Deno.test("the WAL of a killed server is not applied to a backup that replaces its file", () =>
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

Deno.test("the WAL of a killed server is not applied to a file that was copied by hand, or imported", () =>
  inFolder(async (folder) => {
    const [file, copy, imported] = ["chat", "copy", "imported"].map((name) =>
      `${folder}/${name}.db`
    );
    await makeFile(file!);
    await Deno.copyFile(file!, copy!);
    const { stdout } = await run("export", ["--data", file!, "--json"]);
    assertEquals((await run("import", ["--data", imported!], { stdin: stdout })).code, 0);
    await killAfter("later", folder);
    await Deno.copyFile(`${file}-wal`, `${folder}/wal`);
    for (const other of [copy!, imported!]) {
      await Deno.copyFile(other, file!);
      await Deno.copyFile(`${folder}/wal`, `${file}-wal`);
      assertThrows(() => SqliteStore.open(file!, EVERYTHING), ChatError, `"${file}-wal" beside it`);
      await Deno.remove(`${file}-wal`);
      assertEquals(await exported(file!), "0 [~ann] kept\n");
    }
  }));

Deno.test("a killed server recovers its own WAL, even through a link to its file", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/disk`);
    await makeFile(`${folder}/disk/real.db`);
    await Deno.symlink("disk/real.db", `${folder}/chat.db`);
    await killAfter("later", folder);
    assert((await Deno.stat(`${folder}/disk/real.db-wal`)).size > 0);
    assertEquals(await exported(`${folder}/chat.db`), "0 [~ann] kept\n[~ann] later\n");
  }));

Deno.test("a link to a file is equivalent to the file: its WAL and its lock are found", () =>
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

Deno.test("a link to a missing file is refused, and nothing is created", () =>
  inFolder(async (folder) => {
    await Deno.symlink("gone.db", `${folder}/chat.db`);
    const message =
      `Cannot open "${folder}/chat.db": it is a link to "gone.db", which is not there`;
    assertThrows(() => SqliteStore.open(`${folder}/chat.db`, EVERYTHING), ChatError, message);
    const { code, stderr } = await run("import", ["--data", `${folder}/chat.db`]);
    assertEquals([code, stderr], [1, `error: ${message}\n`]);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["chat.db"]);
  }));

/** Endless notes. */
const ENDLESS = `CREATE VIEW notes AS
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
  SELECT 1 AS room, i AS seq, 1 AS time, 'said' AS kind, 'ann' AS name, 'x' AS message,
    NULL AS id, NULL AS recipient, 0 AS verified FROM n`;

/** A change to a file, and the resulting error. */
const FOREIGN: [what: string, sql: string, reason: string][] = [
  [
    "a view in place of a table",
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
    "a virtual table in place of a table",
    "DROP TABLE sanctions; CREATE VIRTUAL TABLE sanctions USING fts5(kind, whom)",
    'it has a virtual table "sanctions", which a data file cannot have',
  ],
  ["a missing table", "DROP TABLE origins", 'its table "origins" is missing'],
  [
    "a computed column",
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

Deno.test("a data file may have additional tables and indexes", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.db`;
    await makeFile(file);
    change(file, "CREATE TABLE mine (a); CREATE INDEX by_time ON notes (time); ANALYZE");
    assertEquals(await exported(file), "0 [~ann] kept\n");
  }));

/** Opens a store, and reads a setting of the database connection that it writes with. */
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

Deno.test("each transaction waits for the disk: in a new file, an old one, a copy, and after reopening", () =>
  inFolder(async (folder) => {
    const names = ["new", "made", "copy", "old"].map((name) => `${folder}/${name}.db`);
    const [, made = "", copy = "", old = ""] = names;
    await makeFile(made, copy);
    change(old, schema);
    change(old, "PRAGMA application_id = 0x63686174; PRAGMA user_version = 1");
    for (const file of [...names, ...names]) {
      assertEquals(await settingOf("synchronous", file), 2, file); // FULL: it survives power loss.
      assertEquals(await settingOf("journal_mode", file), "wal", file);
      // These two are for macOS, where fsync() alone does not wait for the disk.
      assertEquals(await settingOf("fullfsync", file), 1, file);
      assertEquals(await settingOf("checkpoint_fullfsync", file), 1, file);
    }
  }));

Deno.test("chat export upgrades a file of an older version, as its help says", () =>
  inFolder(async (folder) => {
    const old = `${folder}/old.db`;
    change(old, schema);
    change(old, "PRAGMA application_id = 0x63686174; PRAGMA user_version = 1");
    assertEquals(await run("export", ["--data", old]).then(({ code }) => code), 0);
    using db = new DatabaseSync(old, { readOnly: true });
    assert(Number(db.prepare("PRAGMA user_version").get()?.["user_version"]) > 1);
    const { stdout } = await run("export", ["--help"]);
    assertMatch(stdout, /^A file of an older version is upgraded first; /m);
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
  name: "a file on a read-only medium is exported; a file that needs recovery is refused",
  ignore: !canMount,
  fn: () =>
    inFolder(async (folder) => {
      const [file, copy] = [`${folder}/chat.db`, `${folder}/copy.db`];
      await makeFile(file, copy);
      const through = [...READ_ONLY, folder];
      for (const path of [copy, file]) {
        assertEquals(await exported(path, through), "0 [~ann] kept\n");
      }
      await killAfter("later", folder);
      const advice = "it is on a file system that cannot be written to; " +
        "copy it to another one or choose another file";
      assertEquals(await exported(file, through), `1 error: Cannot open "${file}": ${advice}\n`);
      for (const path of [file, copy, `${folder}/new.db`]) {
        const { code, stderr } = await run("serve", ["--port", "0", "--data", path], { through });
        assertEquals([code, stderr], [1, `error: Cannot open "${path}": ${advice}\n`]);
      }
    }),
});

/** A change to the data file of a running server, and the server's error. */
const TAKEN: [what: string, take: (file: string) => Promise<void>, reason: string][] = [
  [
    "gone",
    (file) => Deno.rename(file, `${file}.away`),
    "it is gone; put it back, or restart the server",
  ],
  [
    "replaced",
    async (file) => {
      await Deno.rename(file, `${file}.away`);
      await Deno.copyFile(`${file}.copy`, file);
    },
    "another file is in its place; restart the server to serve that one",
  ],
  [
    "replaced by another link",
    async (file) => {
      await Deno.symlink(`${file}.copy`, `${file}.link`);
      await Deno.rename(file, `${file}.away`);
      await Deno.rename(`${file}.link`, file);
    },
    "another file is in its place; restart the server to serve that one",
  ],
  [
    "overwritten",
    (file) => Deno.copyFile(`${file}.copy`, file),
    "another program has written to it; restart the server",
  ],
];

async function startWatched(folder: string) {
  await makeFile(`${folder}/chat.db`, `${folder}/chat.db.copy`);
  const server = await startServer(["--data", "chat.db", "--metrics", "0"], { cwd: folder });
  const [, metrics] = await server.waitFor(/^metrics on (\S+)\/metrics$/m);
  /** Whether it reports that it serves: to health checks, and on its page. */
  const serves = async () => {
    const { code, stdout } = await run("health", ["--server", server.address]);
    const page = await fetch(`${metrics}/healthz`);
    return [code, stdout, page.status, await page.text()];
  };
  return Object.assign(server, { serves });
}

/** The health status of the server at an address, at each change. */
async function* watchHealth(address: string): AsyncGenerator<boolean, void> {
  const client = new Client(address, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = health.Watch;
  const request = { service: "" };
  const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request);
  try {
    for await (const { status } of call) yield status === SERVING_STATUS.SERVING;
  } finally {
    call.cancel();
    client.close();
  }
}

const WELL = [0, "serving\n", 200, "ok\n"];
const UNWELL = [1, "not serving\n", 503, "not serving\n"];

for (const [what, take, reason] of TAKEN) {
  Deno.test({
    name: `a server whose data file is ${what} accepts no more notes, and logs why`,
    ignore: Deno.build.os === "windows", // An open file stays open when its name is removed.
    fn: () =>
      inFolder(async (folder) => {
        const file = `${folder}/chat.db`;
        await using server = await startWatched(folder);
        using peer = new Peer(server.address);
        await peer.send({ name: "ann", message: "before" });
        const watched = watchHealth(server.address);
        assertEquals([(await watched.next()).value, await server.serves()], [true, WELL]);
        await take(file);
        // At once: notes acknowledged from now on would be lost.
        const details = `Cannot write "chat.db": ${reason}`;
        assertEquals(await failure(peer.send({ name: "ann", message: "lost" })), {
          code: 14,
          details,
        });
        await server.waitFor(new RegExp(`error error error="Cannot write .*${reason}`), "stderr");
        assertEquals([(await watched.next()).value, await server.serves()], [false, UNWELL]);
        assertEquals((await peer.read(2)).map(({ message }) => message), ["kept", "before"]);
        if (what === "gone") {
          await Deno.rename(`${file}.away`, file);
          assertEquals([(await watched.next()).value, await server.serves()], [true, WELL]);
          await peer.send({ name: "ann", message: "after" });
        }
        await watched.return();
        server.kill("SIGTERM");
        assertEquals((await server.ended()).code, 0);
        const kept = what === "gone"
          ? "[~ann] kept\n[~ann] before\n[~ann] after\n"
          : "[~ann] kept\n";
        assertEquals(await exported(file), `0 ${kept}`);
        await using again = await startServer(["--data", file]);
        using other = new Peer(again.address);
        await other.send({ name: "ann", message: "it goes on" });
      }),
  });
}

Deno.test({
  name: "a server notices that its data file is missing, once, even if nobody posts",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const file = `${folder}/chat.db`;
      await using server = await startWatched(folder);
      const watched = watchHealth(server.address);
      assertEquals((await watched.next()).value, true);
      await Deno.rename(file, `${file}.away`);
      const reason = "it is gone; put it back, or restart the server";
      await server.waitFor(new RegExp(`error error error="Cannot write .*${reason}`), "stderr");
      assertEquals((await watched.next()).value, false);
      await Deno.rename(`${file}.away`, file);
      assertEquals((await watched.next()).value, true);
      await watched.return();
      server.kill("SIGTERM");
      assertEquals((await server.ended()).code, 0);
      assertEquals(server.stderr.trim().split("\n").length, 1);
    }),
});

Deno.test({
  name: "a server whose data file was removed can be restarted, and the file has all notes",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const file = `${folder}/chat.db`;
      {
        await using server = await startWatched(folder);
        using peer = new Peer(server.address);
        await peer.send({ name: "ann", message: "before" });
        await Deno.rename(file, `${file}.away`);
        server.kill("SIGTERM");
        assertEquals((await server.ended()).code, 0);
      }
      await using again = await startServer(["--data", file]);
      using peer = new Peer(again.address);
      await peer.send({ name: "ann", message: "after" });
      assertEquals(await exported(`${file}.away`), "0 [~ann] kept\n[~ann] before\n");
    }),
});

Deno.test({
  name: "a server whose WAL is removed saves its contents, and accepts no more notes",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      await using server = await startWatched(folder);
      using peer = new Peer(server.address);
      await peer.send({ name: "ann", message: "before" });
      await Deno.remove(`${folder}/chat.db-wal`);
      await server.waitFor(/error error error="Cannot write .* is gone; restart/, "stderr");
      assertMatch(
        (await failure(peer.send({ name: "ann", message: "lost" }))).details,
        /^Cannot write "chat.db": ".*chat.db-wal" is gone; restart the server$/,
      );
      assertEquals(await server.serves(), UNWELL);
      server.kill("SIGKILL");
      await server.ended();
      assertEquals(await exported(`${folder}/chat.db`), "0 [~ann] kept\n[~ann] before\n");
    }),
});

Deno.test("a server ignores touching, reading and copying of its data file", () =>
  inFolder(async (folder) => {
    const file = `${folder}/chat.db`;
    const store = SqliteStore.open(file, { ...EVERYTHING, notes: 50 });
    const log = await store.open("lobby");
    for (let i = 0; i < 300; i++) {
      const message = `${i}`.repeat(3_000); // Enough to make SQLite checkpoint.
      await log.append([{ id: `${i}`, name: "ann", message, kind: "said" }], i);
      await log.trim(i, 10);
      if (i % 10 === 0) await Deno.utime(file, i, i);
      if (i % 10 === 5) await Deno.copyFile(file, `${folder}/copy`);
      store.check();
    }
    await store[Symbol.asyncDispose]();
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["chat.db", "copy"]);
  }));
