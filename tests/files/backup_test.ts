import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { ChatError } from "../../room/errors.ts";
import type { Draft } from "../../room/note.ts";
import { Archive } from "../../server/archive/archive.ts";
import { SqliteStore } from "../../server/storage/sqlite/store.ts";
import { configFlags, ROOT } from "../../tools/build/project.ts";
import { freePort, Person, run, start, startServer } from "../support/program.ts";
import { inFolder } from "../support/temporary_folder.ts";

const EVERYTHING = { notes: 1_000_000, ageMs: Infinity, bytes: Infinity };
const ALL = { notes: 1_000_000, chars: Infinity };

function drafts(from: number, to: number): Draft[] {
  return Array.from({ length: to - from + 1 }, (_, i) => {
    const draft = { id: `id ${from + i}`, name: "ann", message: `${from + i}\0`, verified: true };
    if (i % 3 === 0) return { ...draft, kind: "whisper", to: "b\0b" };
    return { ...draft, kind: "said" };
  });
}

/**
 * The row counts of all tables, and all rows as text, without the parts that differ in every copy.
 */
function rowsOf(file: string): { counts: Record<string, number>; text: string } {
  using stack = new DisposableStack();
  const db = stack.adopt(new DatabaseSync(file, { readOnly: true }), (db) => db.close());
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const counts: Record<string, number> = {};
  const text = tables.map(({ name }) => {
    const rows = db.prepare(`SELECT * FROM "${name}"`).all();
    counts[String(name)] = rows.length;
    return rows.map(({ copied: _, ...row }) => JSON.stringify([name, row])).join("\n");
  });
  return { counts, text: text.join("\n") };
}

Deno.test("SqliteStore.backup() copies everything as of its last transaction, while others post and retention drops notes", () =>
  inFolder(async (folder) => {
    const [file, copy] = [`${folder}/a.db`, `${folder}/copy.db`];
    {
      await using store = SqliteStore.open(file, { ...EVERYTHING, notes: 4_000 });
      await store.saveOwnedName({ name: "ann", key: "a key", time: 7, seen: 7, spoken: true });
      const lobby = await store.open("lobby");
      const dev = await store.open("dev");
      await store.open("empty");
      await store.open("silent");
      const topic = { text: "ssh", by: "ann", time: 7, locked: true, lockedBy: "bob" };
      await store.saveTopic("silent", () => topic);
      const quiet = await store.open("quiet");
      for (const room of [lobby, dev, quiet]) await room.append(drafts(1, 4_000), 1);
      let rests = 0;
      let copied = 0;
      const rest = async () => {
        const [from, to] = [4_000 + 100 * rests + 1, 4_000 + 100 * (rests + 1)];
        rests++;
        if (rests > 50) return; // Then it catches up.
        await dev.append(drafts(from, to), 2);
        await lobby.append(drafts(from, to), 2);
        await (await store.open(`new ${rests % 2}`)).append(drafts(from, to), 2);
        await lobby.trim(3, 1_000);
        await dev.trim(3, 1_000);
      };
      await store.backup(copy, { yieldBetweenSteps: rest, onProgress: (notes) => copied = notes });
      assert(rests > 50 && dev.head === 9_000 && dev.first === 5_001, `${rests} ${dev.head}`);
      assert(copied >= 12_000, `${copied} notes`);
    }
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["a.db", "copy.db"]);
    const [there, here] = [rowsOf(file), rowsOf(copy)];
    assertEquals(here.counts, there.counts);
    assertEquals([here.counts.notes, here.counts.topics], [3 * 4_000 + 2 * 2_500, 1]);
    assert(here.text === there.text); // Not by a diff, which needs minutes.
    if (Deno.build.os !== "windows") assertEquals(Deno.statSync(copy).mode! & 0o777, 0o600);
  }));

Deno.test("SqliteStore.backup() copies a file that contains SQLite's internal tables", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a.db`;
    {
      await using store = SqliteStore.open(file, EVERYTHING);
      await (await store.open("lobby")).append(drafts(1, 5), 1);
    }
    {
      using stack = new DisposableStack();
      const db = stack.adopt(new DatabaseSync(file), (db) => db.close());
      db.exec("ANALYZE");
      assert(db.prepare("SELECT count(*) AS rows FROM sqlite_stat1").get()?.rows !== 0);
    }
    await using store = SqliteStore.open(file, EVERYTHING);
    await store.backup(`${folder}/copy.db`);
    await using copy = SqliteStore.open(`${folder}/copy.db`, EVERYTHING);
    assertEquals((await copy.open("lobby")).head, 5);
  }));

/** Opens a given file, and makes a copy of it. */
const BACKUP = `
  import { SqliteStore } from "${new URL("../../server/storage/sqlite/store.ts", import.meta.url)}";
  const [file, copy] = Deno.args;
  await using store = SqliteStore.open(file, { notes: 1_000_000, ageMs: Infinity, bytes: Infinity });
  console.log(await store.backup(copy).catch((error) => error.message));`;

Deno.test({
  name: "SqliteStore.backup() says what to do when there is no space for the copy",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const [file, copy] = [`${folder}/a.db`, `${folder}/copy.db`];
      {
        await using store = SqliteStore.open(file, EVERYTHING);
        await (await store.open("lobby")).append(drafts(1, 20_000), 1);
      }
      // Writes fail beyond this file size, instead of ending the process.
      const limited = 'trap "" XFSZ; ulimit -f 200; exec "$@"';
      const program = [Deno.execPath(), "eval", "-q", "--no-lock", ...configFlags(ROOT), BACKUP];
      const { stdout, stderr } = await new Deno.Command("sh", {
        args: ["-c", limited, "sh", ...program, file, copy],
      }).output();
      const [said, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      const reason = "the disk failed or has no room; check it, then try again";
      assertEquals([said, errors], [`Cannot write "${copy}": ${reason}\n`, ""]);
      assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["a.db"]);
    }),
});

Deno.test("SqliteStore.backup() finishes even under constant posting", () =>
  inFolder(async (folder) => {
    await using store = SqliteStore.open(`${folder}/a.db`, EVERYTHING);
    const log = await store.open("lobby");
    await log.append(drafts(1, 1_000), 1);
    const rest = async () => void await log.append(drafts(log.head + 1, log.head + 64), 1);
    await store.backup(`${folder}/copy.db`, { yieldBetweenSteps: rest });
    await using copy = SqliteStore.open(`${folder}/copy.db`, EVERYTHING);
    const copied = await copy.open("lobby");
    assertEquals(copied.head, log.head);
    assertEquals((await copied.read(1, ALL)).length, log.head);
  }));

Deno.test("a served copy starts a new history each time, and knows its origins", () =>
  inFolder(async (folder) => {
    {
      await using store = SqliteStore.open(`${folder}/a.db`, EVERYTHING);
      const log = await store.open("lobby");
      await log.append(drafts(1, 5), 1);
      await store.backup(`${folder}/copy.db`);
      await log.append(drafts(6, 7), 1);
    }
    /**
     * Serves a copy of a file. Returns the history of its room, and the origins of that history.
     */
    const serve = async (from: string, to: string): Promise<[string, [string, number][]]> => {
      await Deno.copyFile(`${folder}/${from}`, `${folder}/${to}`);
      await using store = SqliteStore.open(`${folder}/${to}`, EVERYTHING);
      const log = await store.open("lobby");
      assertEquals((await log.append(drafts(log.head + 1, log.head + 1), 2)).seqs, [log.head]);
      return [log.history, [...log.origins]];
    };
    const [history] = await serve("a.db", "same.db");
    assertEquals(await serve("a.db", "same.db"), [history, []]);
    {
      // Reading a copy does not start a new history.
      using archive = Archive.open(`${folder}/copy.db`, { write: false, inUse: "" });
      const there = archive.rooms().map(({ history, head, origins }) => ({
        history,
        head,
        origins,
      }));
      assertEquals(there, [{ history, head: 5, origins: [] }]);
    }
    const [once, origins] = await serve("copy.db", "once.db");
    assertEquals(origins, [[history, 5]]);
    assertEquals(await serve("once.db", "again.db"), [once, origins]);
    const [twice, same] = await serve("copy.db", "twice.db");
    assertEquals(same, origins);
    assertEquals(new Set([history, once, twice]).size, 3);
    {
      await using store = SqliteStore.open(`${folder}/once.db`, EVERYTHING);
      await store.backup(`${folder}/second.db`);
    }
    const [, both] = await serve("second.db", "third.db");
    assertEquals(new Map(both), new Map([[history, 5], [once, 6]]));
  }));

Deno.test("SqliteStore.backup() never overwrites a file, and leaves none when it fails", () =>
  inFolder(async (folder) => {
    await using store = SqliteStore.open(`${folder}/a.db`, EVERYTHING);
    await (await store.open("lobby")).append(drafts(1, 1_000), 1);
    await Deno.writeTextFile(`${folder}/there`, "mine");
    const refusals = [
      [`${folder}/there`, "there is such a file already; choose another one"],
      [`${folder}/a.db`, "there is such a file already; choose another one"],
      [`${folder}/no/b`, `there is no folder "${folder}/no"; make it or choose another file`],
    ];
    for (const [path, reason] of refusals) {
      const error = await assertRejects(() => store.backup(path!), ChatError);
      assertEquals([error.code, error.message], [
        "unavailable",
        `Cannot write "${path}": ${reason}`,
      ]);
    }
    const stop = new AbortController();
    const half = `${folder}/half.db`;
    const onProgress = () => {
      const refused = assertThrows(() => SqliteStore.open(half, EVERYTHING), ChatError);
      assertEquals(refused.message.includes("it belongs to another program"), true);
      stop.abort();
    };
    await assertRejects(
      () => store.backup(half, { onProgress, signal: stop.signal }),
      DOMException,
    );
    const rest = () => store[Symbol.asyncDispose]();
    const closed = `Cannot use "${folder}/a.db": it is closed`;
    await assertRejects(() => store.backup(half, { yieldBetweenSteps: rest }), ChatError, closed);
    assertEquals(await Deno.readTextFile(`${folder}/there`), "mine");
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["a.db", "there"]);
  }));

Deno.test("a reader sees each note once when a copy replaces a file that was in use", () =>
  inFolder(async (folder) => {
    const [file, copy] = [`${folder}/a.db`, `${folder}/copy.db`];
    const port = `${freePort()}`;
    const server = ["--server", `127.0.0.1:${port}`];
    await using ann = new Person();
    const serve = () => startServer(["--data", file, "--port", port]);
    const say = async (...texts: string[]) => {
      const sent = await run("send", [...server, "--name", "ann", "--lines"], {
        env: ann.env,
        stdin: texts.join("\n"),
      });
      assertEquals([sent.code, sent.stderr], [0, ""]);
    };
    await using tail = start("tail", server);
    await using stack = new AsyncDisposableStack();
    stack.defer(() => tail.kill("SIGTERM"));
    {
      await using first = await serve();
      await say("one", "two", "three");
      await tail.waitFor(/three/);
      first.kill("SIGTERM");
      await first.ended();
    }
    {
      await using store = SqliteStore.open(file, EVERYTHING);
      await store.backup(copy);
    }
    {
      await using second = await serve();
      await say("four", "five");
      await tail.waitFor(/five/);
      second.kill("SIGTERM");
      await second.ended();
    }
    await Deno.rename(copy, file);
    await using _third = await serve();
    // The lost notes and one more: their positions are reused before the reader is back.
    await say("other four", "other five", "six");
    await tail.waitFor(/six/);
    const seen = ["one", "two", "three", "four", "five", "other four", "other five", "six"];
    assertEquals(tail.stdout.match(/(?<=\] ).+/g), seen);
  }));
