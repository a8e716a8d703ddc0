// Longer than other files: the table of bad files and the real disks, locks and kills that the
// store must survive belong together.

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { ChatError } from "../../room/errors.ts";
import type { Draft } from "../../room/note.ts";
import { SqliteStore } from "../../server/storage/sqlite/store.ts";
import { read } from "../support/stores/notes.ts";
import { inFolder } from "../support/temporary_folder.ts";

const EVERYTHING = { notes: 100_000, ageMs: Infinity, bytes: Infinity };
const STORE = new URL("../../server/storage/sqlite/store.ts", import.meta.url).href;
const LINUX = Deno.build.os === "linux";

function drafts(...messages: string[]): Draft[] {
  return messages.map((message) => ({ id: `id ${message}`, name: "ann", message, kind: "said" }));
}

/** Makes a store with one note and closes it. `sql` changes the file afterwards. */
async function makeFile(file: string, sql = ""): Promise<void> {
  {
    await using store = SqliteStore.open(file, EVERYTHING);
    await (await store.open("lobby")).append(drafts("a"), 1);
  }
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

/** The names and bytes of all files in a folder. */
async function contents(folder: string): Promise<string[]> {
  const files = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    const bytes = isFile ? (await Deno.readFile(`${folder}/${name}`)).toBase64() : "folder";
    files.push(`${name} ${bytes}`);
  }
  return files.sort();
}

/** Runs `body` as a separate module that may use `SqliteStore` and `drafts`. */
function child(folder: string, body: string, wrap: readonly string[] = []): Deno.ChildProcess {
  const module = `import { SqliteStore } from ${JSON.stringify(STORE)};
    const EVERYTHING = { notes: 100_000, ageMs: Infinity, bytes: Infinity };
    ${drafts.toString()}
    ${body}`;
  const file = `${folder}/child.js`;
  Deno.writeTextFileSync(file, module);
  const [command = "", ...args] = [...wrap, Deno.execPath(), "run", "-A", "--no-config", file];
  return new Deno.Command(command, { args, cwd: folder, stdout: "piped", stderr: "piped" }).spawn();
}

async function output(process: Deno.ChildProcess): Promise<string> {
  const { stdout, stderr } = await process.output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

async function succeeds(command: string, ...args: string[]): Promise<boolean> {
  const options = { args, stdout: "null", stderr: "null" } as const;
  return (await new Deno.Command(command, options).output().catch(() => undefined))?.success ??
    false;
}

Deno.test("SqliteStore continues its numbering after it was closed", () =>
  inFolder(async (folder) => {
    let history = "";
    {
      await using store = SqliteStore.open(`${folder}/a.db`, { ...EVERYTHING, notes: 2 });
      const log = await store.open("lobby");
      history = log.history;
      await log.append(drafts("a", "b", "c"), 1);
      await log.trim(1, 9);
      await (await store.open("empty\0room")).append(drafts("x\0"), 1);
    }
    {
      await using store = SqliteStore.open(`${folder}/a.db`, { ...EVERYTHING, bytes: 1, ageMs: 9 });
      assertEquals(await store.rooms(), ["lobby", "empty\0room"]);
      const log = await store.open("lobby");
      assertEquals([log.history, log.first, log.head], [history, 2, 3]);
      assertEquals(await read(log), ["2 b", "3 c"]);
      assertEquals((await log.append(drafts("c", "a", "b"), 1)).seqs, [3, 4, 2]);
      assertEquals(await log.trim(1, 9), 2);
      assertEquals(await log.trim(10, 9), 1);
      assertEquals(await read(await store.open("empty\0room")), ["1 x\0"]);
    }
    await using store = SqliteStore.open(`${folder}/a.db`, EVERYTHING);
    const log = await store.open("lobby");
    assertEquals([log.history, log.first, log.head], [history, 5, 4]);
    assertEquals((await log.append(drafts("a"), 1)).seqs, [5]);
  }));

Deno.test("SqliteStore finishes appends that were made before it is closed, and no later ones", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.db`;
    const store = SqliteStore.open(file, EVERYTHING);
    const log = await store.open("lobby");
    const appended = log.append(drafts("a"), 1);
    await store[Symbol.asyncDispose]();
    assertEquals((await appended).seqs, [1]);
    const closed = `Cannot use "${file}": it is closed`;
    await assertRejects(() => log.append(drafts("b"), 1), ChatError, closed);
    await assertRejects(() => log.read(1, { notes: 1, chars: 1 }), ChatError, closed);
    await store[Symbol.asyncDispose]();
    assertEquals(log.head, 1);
    assertEquals((await contents(folder)).map((line) => line.split(" ")[0]), ["a.db"]);
  }));

Deno.test("SqliteStore writes the appends of all rooms in one turn in one transaction", () =>
  inFolder(async (folder) => {
    await using store = SqliteStore.open(`${folder}/a.db`, EVERYTHING);
    const rooms = ["a", "b", "c"];
    const logs = await Promise.all(rooms.map((room) => store.open(room)));
    // A transaction writes each changed page once, however often it changes.
    const grown = async (append: () => Promise<unknown>) => {
      const before = Deno.statSync(`${folder}/a.db-wal`).size;
      await append();
      return Deno.statSync(`${folder}/a.db-wal`).size - before;
    };
    for (const log of logs) await log.append(drafts("1"), 1); // This makes the rooms, too.
    const one = await grown(() => logs[0]!.append(drafts("2"), 1));
    let count = 2;
    const together = () => Promise.all(logs.map((log) => log.append(drafts(`${++count}`), 1)));
    assertEquals(await grown(together), one);
    assertEquals(await grown(() => Promise.all([together(), together(), together()])), one);
    assertEquals(await grown(() => together().then(together)), 2 * one);
  }));

Deno.test("SqliteStore fails a turn as a whole, and continues with the next", async () => {
  await using store = SqliteStore.open(":memory:", EVERYTHING);
  const [a, b] = [await store.open("a"), await store.open("b")];
  await a.append(drafts("1"), 1);
  const bad = [{ ...drafts("3")[0]!, kind: Symbol() as unknown as "said" }];
  const batches = await Promise.allSettled([
    a.append(drafts("2"), 1),
    b.append([...drafts("2"), ...bad], 1),
    a.trim(1, 1),
  ]);
  assertEquals(batches.map((batch) => batch.status), ["rejected", "rejected", "fulfilled"]);
  assertEquals([a.head, a.first, b.head, b.first], [1, 1, 0, 1]);
  assertEquals((await a.append(drafts("2", "1"), 1)).seqs, [2, 1]);
  assertEquals((await b.append(drafts("2"), 1)).seqs, [1]);
  assertEquals([await read(a), await read(b)], [["1 1", "2 2"], ["1 2"]]);
});

Deno.test("SqliteStore keeps the owner of a note when the previous turn, with the same key, has failed", () =>
  inFolder(async (folder) => {
    const author = `SHA256:${"a".repeat(43)}`;
    const [draft] = drafts("1").map((draft) => ({ ...draft, author, verified: true }));
    const bad = { ...draft!, id: "bad", kind: Symbol() as unknown as "said" };
    {
      await using store = SqliteStore.open(`${folder}/a.db`, EVERYTHING);
      const log = await store.open("a");
      await Promise.allSettled([log.append([draft!, bad], 1)]);
      await log.append([draft!], 1);
    }
    await using store = SqliteStore.open(`${folder}/a.db`, EVERYTHING);
    const log = await store.open("a");
    const notes = await log.read(1, { notes: 10, chars: Infinity });
    assertEquals(notes.map(({ author }) => author), [author]);
    assertEquals((await log.append([{ ...draft!, name: "another" }], 2)).seqs, [1]);
  }));

/** A defect of a file, how to cause it, and the resulting error. */
const REFUSED: [what: string, make: (file: string) => Promise<void>, reason: string][] = [
  [
    "of a newer version",
    (file) => makeFile(file, "PRAGMA user_version = 99"),
    "it has version 99, newer than 10; use a newer chat or another file",
  ],
  [
    "of another program",
    (file) => makeFile(file, "PRAGMA application_id = 7"),
    "it belongs to another program; choose another file",
  ],
  [
    "of another program without an application id",
    (file) => makeFile(file, "PRAGMA application_id = 0; PRAGMA user_version = 0"),
    "it belongs to another program; choose another file",
  ],
  [
    "that is not a database",
    (file) => Deno.writeTextFile(file, "Dear diary, ".repeat(1_000)),
    "it is not a database; choose another file",
  ],
  [
    "that is not a database, and is short",
    (file) => Deno.writeTextFile(file, "x"),
    "it is not a database; choose another file",
  ],
  [
    "that was cut off",
    async (file) => {
      await makeFile(file);
      await Deno.truncate(file, 4_096);
    },
    "it is damaged; restore a copy of it or choose another file",
  ],
  [
    "whose pages are damaged",
    async (file) => {
      await makeFile(file);
      const bytes = await Deno.readFile(file);
      await Deno.writeFile(file, bytes.fill(0x55, 100));
    },
    "it is damaged; restore a copy of it or choose another file",
  ],
  [
    "that is a folder",
    (file) => Deno.mkdir(file),
    "it is a folder; choose a file in it",
  ],
];

for (const [what, make, reason] of REFUSED) {
  Deno.test(`SqliteStore refuses a file ${what}, and leaves it unchanged`, () =>
    inFolder(async (folder) => {
      const file = `${folder}/a.db`;
      await make(file);
      const before = await contents(folder);
      const error = assertThrows(() => SqliteStore.open(file, EVERYTHING), ChatError);
      assertEquals(error.message, `Cannot open "${file}": ${reason}`);
      assertEquals(error.code, "unavailable");
      assertEquals(await contents(folder), before);
    }));
}

Deno.test("SqliteStore refuses a file in a folder that does not exist", () =>
  inFolder(async (folder) => {
    const error = assertThrows(() => SqliteStore.open(`${folder}/no/a.db`, EVERYTHING), ChatError);
    const reason = `there is no folder "${folder}/no"; make it or choose another file`;
    assertEquals(error.message, `Cannot open "${folder}/no/a.db": ${reason}`);
    assertEquals(await contents(folder), []);
  }));

Deno.test("SqliteStore accepts an empty file", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a.db`, "");
    await using store = SqliteStore.open(`${folder}/a.db`, EVERYTHING);
    assertEquals(await store.rooms(), []);
  }));

Deno.test("SqliteStore reports a damaged page when it reads it", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.db`;
    {
      await using store = SqliteStore.open(file, EVERYTHING);
      const log = await store.open("lobby");
      await log.append(drafts(...Array.from({ length: 500 }, (_, i) => `${i}`.repeat(100))), 1);
    }
    const bytes = await Deno.readFile(file);
    await Deno.writeFile(file, bytes.fill(0x55, 7 * 4_096)); // Beyond the pages read on opening.
    await using store = SqliteStore.open(file, EVERYTHING);
    const error = await assertRejects(() => store.open("lobby").then(read), ChatError);
    const reason = "it is damaged; restore a copy of it or choose another file";
    assertEquals(error.message, `Cannot read "${file}": ${reason}`);
  }));

Deno.test("SqliteStore refuses a file that another process has open, and leaves it unchanged", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.db`;
    await using process = child(
      folder,
      `const store = SqliteStore.open("${file}", EVERYTHING);
       await (await store.open("lobby")).append(drafts("a"), 1);
       console.log("ready");
       setInterval(() => store, 1_000);`,
    );
    const words = process.stdout.getReader();
    await words.read();
    const before = await contents(folder);
    const error = assertThrows(() => SqliteStore.open(file, EVERYTHING), ChatError);
    const reason = "another program has it open; stop that one or choose another file";
    assertEquals(error.message, `Cannot open "${file}": ${reason}`);
    assertEquals(await contents(folder), before);
    process.kill("SIGKILL");
    await Promise.all([words.cancel(), process.stderr.cancel()]);
  }));

Deno.test("SqliteStore refuses a file that another store has open, and leaves that store's lock in place", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.db`;
    await using store = SqliteStore.open(file, EVERYTHING);
    await (await store.open("lobby")).append(drafts("a"), 1);
    const again = assertThrows(() => SqliteStore.open(file, EVERYTHING), ChatError);
    const reason = "this program has it open already; close it or choose another file";
    assertEquals(again.message, `Cannot open "${file}": ${reason}`);
    const open = `SqliteStore.open("${file}", EVERYTHING)`;
    const body = `try { ${open} } catch (error) { console.log(error.message) }`;
    assertStringIncludes(await output(child(folder, body)), "another program has it open");
  }));

// Permissions do not bind the superuser, unless it drops that privilege.
const AS_ANYBODY = Deno.uid() === 0
  ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override"]
  : [];

for (const [what, mode, fileMode] of [["file", 0o755, 0o444], ["folder", 0o555, 0o644]] as const) {
  Deno.test({
    name: `SqliteStore refuses a read-only ${what}, and leaves it unchanged`,
    ignore: !LINUX || AS_ANYBODY.length > 0 && !await succeeds("setpriv", "--version"),
    fn: () =>
      inFolder(async (folder) => {
        const inner = await Deno.makeTempDir({ dir: folder });
        const file = `${inner}/a.db`;
        await makeFile(file);
        await Deno.chmod(file, fileMode);
        await Deno.chmod(inner, mode);
        const before = await contents(inner);
        const open = `SqliteStore.open("${file}", EVERYTHING)`;
        const body = `try { ${open} } catch (error) { console.log(error.message) }`;
        const message = (await output(child(folder, body, AS_ANYBODY))).trim();
        await Deno.chmod(inner, 0o755);
        const reason =
          "it cannot be read and written; make the file and its folder writable or choose another file";
        assertEquals(message, `Cannot open "${file}": ${reason}`);
        assertEquals(await contents(inner), before);
      }),
  });
}

/** Fills the disk, appends until it is refused, frees space, and appends again. */
const fillTheDisk = (dir: string, makeRoom: string) => `
  await using store = SqliteStore.open("${dir}/a.db", EVERYTHING);
  const log = await store.open("lobby");
  const text = "x".repeat(10_000);
  let error;
  for (let i = 0; !error && i < 1_000; i++) {
    await log.append(drafts(i + text), 1).catch((refused) => error = refused);
  }
  const { head, first } = log;
  await log.append(drafts("lost" + text), 1).then(() => { throw "not refused" }, () => {});
  const same = head === log.head && first === log.first;
  ${makeRoom}
  const { seqs } = await log.append(drafts(head - 1 + text, head + text, "last"), 1);
  const count = (await log.read(1, { notes: 1_000, chars: Infinity })).length;
  console.log(error.code, error.message);
  console.log(head > 10, same, seqs.join() === [head, head + 1, head + 2].join(), count === head + 2);
`;

const TMPFS = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=1m chat small && exec "$@"'];

Deno.test({
  name: "SqliteStore refuses appends while the disk is full, and accepts them once there is space",
  ignore: !LINUX || !await succeeds("unshare", "-rm", "mount", "-t", "tmpfs", "chat", "/mnt"),
  fn: () =>
    inFolder(async (folder) => {
      await Deno.mkdir(`${folder}/small`);
      const ballast = `Deno.writeFileSync("small/ballast", new Uint8Array(300_000));`;
      const makeRoom = `Deno.removeSync("small/ballast");`;
      const process = child(folder, ballast + fillTheDisk("small", makeRoom), [...TMPFS, "sh"]);
      const message =
        `Cannot write "small/a.db": the disk is full; free some space, then try again`;
      assertEquals(await output(process), `unavailable ${message}\ntrue true true true\n`);
    }),
});

Deno.test({
  name: "SqliteStore refuses appends while files may not grow, and accepts them once they may",
  ignore: !LINUX || !await succeeds("prlimit", "--version"),
  fn: () =>
    inFolder(async (folder) => {
      const makeRoom = `await new Deno.Command("prlimit", {
        args: ["--pid", String(Deno.pid), "--fsize=unlimited:unlimited"],
      }).output();`;
      const limited = ["sh", "-c", 'trap "" XFSZ; ulimit -S -f 1000; exec "$@"', "sh"];
      const process = child(folder, fillTheDisk(".", makeRoom), limited);
      const message =
        `Cannot write "./a.db": the disk failed or has no room; check it, then try again`;
      assertEquals(await output(process), `unavailable ${message}\ntrue true true true\n`);
    }),
});

Deno.test("SqliteStore has each acknowledged note after the process was killed", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.db`;
    await using process = child(
      folder,
      `const store = SqliteStore.open("${file}", EVERYTHING);
       const log = await store.open("lobby");
       for (let i = 1;; i++) {
         await log.append(drafts(String(i)), 1);
         Deno.stdout.writeSync(new TextEncoder().encode(i + "\\n"));
       }`,
    );
    let acknowledged = "";
    for await (const text of process.stdout.pipeThrough(new TextDecoderStream())) {
      acknowledged += text;
      if (acknowledged.length > 500) process.kill("SIGKILL");
    }
    await process.stderr.cancel();
    const last = acknowledged.slice(0, acknowledged.lastIndexOf("\n")).split("\n").length;
    await using store = SqliteStore.open(file, EVERYTHING);
    const log = await store.open("lobby");
    assert(log.head >= last && log.head <= last + 1, `${log.head} notes, ${last} acknowledged`);
    assertEquals(await read(log), Array.from({ length: log.head }, (_, i) => `${i + 1} ${i + 1}`));
    assertEquals((await log.append(drafts("1", `${last}`), 1)).seqs, [1, last]);
  }));
