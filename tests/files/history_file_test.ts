import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { WriteError } from "../../platform/atomic_file.ts";
import { HistoryFile, historyPath, linesOf } from "../../client/profile/history_file.ts";
import { CONTROL } from "../support/hostile_text.ts";

const LOBBY = { servers: ["127.0.0.1:11912"], room: "lobby" };

/** A path in a temporary folder. */
function place(): Disposable & { folder: string; path: string } {
  const folder = Deno.makeTempDirSync();
  return {
    folder,
    path: join(folder, "deep", "history"),
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

/** Adds lines to the file at `path`, as a program that does nothing else. */
async function append(path: string, ...lines: string[]): Promise<void> {
  const file = new HistoryFile(path);
  for (const line of lines) await file.append({ ...LOBBY, line });
}

/** The lines in the file at `path`. */
async function lines(path: string): Promise<string[]> {
  return (await new HistoryFile(path).read()).map(({ line }) => line);
}

Deno.test("HistoryFile keeps lines as they are, across restarts", async () => {
  using temporary = place();
  const sent = ["one", "two\nrows\t", " 한국어 👩‍💻 ", '"quotes\\"', "\x1b[2J\u202e\x9b", "\u2028"];
  assertEquals(await lines(temporary.path), []);
  await append(temporary.path, ...sent);
  assertEquals(await lines(temporary.path), sent);
  const text = Deno.readTextFileSync(temporary.path);
  assert(text.split("\n").every((line) => !CONTROL.test(line)), JSON.stringify(text));
});

Deno.test("linesOf() finds the lines of a room, by any of its servers", () => {
  const sent = [
    { servers: ["a:1", "b:1"], room: "Lobby", line: "1" },
    { servers: ["b:1"], room: "lobby", line: "2" },
    { servers: ["b:1"], room: "dev", line: "3" },
    { servers: ["c:1"], room: "lobby", line: "4" },
  ];
  const find = (room: string, ...servers: string[]) => linesOf(sent, { servers, room });
  assertEquals(find("LOBBY", "a:1"), ["1"]);
  assertEquals(find("lobby", "x:1", "b:1"), ["1", "2"]);
  assertEquals(find("dev", "b:1"), ["3"]);
  assertEquals(find("dev", "a:1"), []);
});

Deno.test("HistoryFile is private to its owner, also if it was not", {
  ignore: Deno.build.os === "windows",
}, async () => {
  using temporary = place();
  const modes = () =>
    [join(temporary.path, ".."), temporary.path].map((path) => Deno.statSync(path).mode! & 0o777);
  await append(temporary.path, "one");
  assertEquals(modes(), [0o700, 0o600]);
  Deno.chmodSync(temporary.path, 0o644);
  await append(temporary.path, "two");
  assertEquals(modes(), [0o700, 0o600]);
});

Deno.test("HistoryFile leaves broken lines out, and begins a new one after a part of one", async () => {
  using temporary = place();
  await append(temporary.path, "one");
  const broken = [
    "",
    "{",
    "null",
    "[]",
    '"x"',
    '{"servers":["a:1"],"room":"lobby"}',
    '{"servers":"a:1","room":"lobby","line":"x"}',
    '{"servers":[1],"room":"lobby","line":"x"}',
    '{"servers":[],"room":1,"line":"x"}',
    `{"servers":[],"room":"lobby","line":"${"x".repeat(10_001)}"}`,
    '{"servers":["a:1"],"room":"lob',
  ];
  Deno.writeTextFileSync(temporary.path, broken.join("\n"), { append: true });
  await append(temporary.path, "two");
  assertEquals(await lines(temporary.path), ["one", "two"]);
  Deno.writeFileSync(temporary.path, new Uint8Array([0xff, 0xfe, 10]), { append: true });
  await append(temporary.path, "three");
  assertEquals(await lines(temporary.path), ["one", "two", "three"]);
});

Deno.test("HistoryFile leaves out lines that are too long", async () => {
  using temporary = place();
  await append(temporary.path, "x".repeat(10_001), "x".repeat(10_000));
  assertEquals((await lines(temporary.path)).map(({ length }) => length), [10_000]);
});

Deno.test("HistoryFile keeps the newest lines, in a bounded file", async () => {
  using temporary = place();
  await append(temporary.path, "first");
  const record = `${JSON.stringify({ ...LOBBY, line: "x".repeat(9_000) })}\n`;
  Deno.writeTextFileSync(temporary.path, `broken\n${record.repeat(120)}`, { append: true });
  await append(temporary.path, "last");
  const kept = await lines(temporary.path);
  assert(Deno.statSync(temporary.path).size < 550_000);
  assert(kept.length > 50 && kept.at(-1) === "last" && !kept.includes("first"), `${kept.length}`);
  assertEquals(Array.from(Deno.readDirSync(join(temporary.path, "..")), ({ name }) => name), [
    "history",
  ]);
  // Of a file that something else has filled, only the end is read.
  Deno.writeTextFileSync(temporary.path, `${record.repeat(300)}`);
  await append(temporary.path, "after");
  assertEquals((await lines(temporary.path)).at(-1), "after");
  assert(Deno.statSync(temporary.path).size < 550_000);
});

Deno.test("HistoryFile keeps all lines that several programs add at the same time", async () => {
  using temporary = place();
  await append(temporary.path, "first");
  // So that one of them writes the file anew in the middle.
  const filler = `${JSON.stringify({ ...LOBBY, line: "x".repeat(9_000) })}\n`;
  Deno.writeTextFileSync(temporary.path, filler.repeat(116), { append: true });
  const program = `
    import { HistoryFile } from ${
    JSON.stringify(import.meta.resolve("../../client/profile/history_file.ts"))
  };
    const [path, name] = Deno.args;
    for (let i = 0; i < 50; i++) {
      await new HistoryFile(path).append({ servers: ["a:1"], room: "lobby", line: name + i });
    }
  `;
  const script = join(temporary.folder, "append.ts");
  Deno.writeTextFileSync(script, program);
  const names = ["a", "b", "c", "d"];
  const ended = await Promise.all(names.map((name) => {
    const args = ["run", "--no-config", "--no-prompt", "-R", "-W", script, temporary.path, name];
    return new Deno.Command(Deno.execPath(), { args }).output();
  }));
  for (const { success, stderr } of ended) assert(success, new TextDecoder().decode(stderr));
  const kept = (await lines(temporary.path)).filter((line) => !line.startsWith("x"));
  for (const name of names) {
    const own = kept.filter((line) => line.startsWith(name));
    assertEquals(own, Array.from({ length: 50 }, (_, i) => `${name}${i}`));
  }
  assert(!kept.includes("first")); // It was written anew.
});

Deno.test("HistoryFile adds a line to the file that replaces the one it waited for", async () => {
  using temporary = place();
  const { path } = temporary;
  await append(path, "one");
  const { lock } = Deno.FsFile.prototype;
  const waits = Promise.withResolvers<void>();
  try {
    using locked = await Deno.open(path, { write: true });
    await locked.lock(true);
    Deno.FsFile.prototype.lock = function (exclusive) {
      waits.resolve();
      return lock.call(this, exclusive);
    };
    const appended = append(path, "two");
    await waits.promise;
    Deno.copyFileSync(path, `${path}.new`);
    Deno.renameSync(`${path}.new`, path);
    await locked.unlock();
    await appended;
  } finally {
    Deno.FsFile.prototype.lock = lock;
  }
  assertEquals(await lines(path), ["one", "two"]);
});

Deno.test("HistoryFile keeps nothing in what is not a file", {
  ignore: Deno.build.os === "windows",
}, async () => {
  using temporary = place();
  Deno.mkdirSync(join(temporary.path, ".."));
  Deno.symlinkSync("/dev/null", temporary.path);
  await append(temporary.path, "one");
  assertEquals(await lines(temporary.path), []);
});

Deno.test("HistoryFile follows a link, also when it writes the file anew", {
  ignore: Deno.build.os === "windows",
}, async () => {
  using temporary = place();
  const target = join(temporary.folder, "target");
  Deno.mkdirSync(join(temporary.path, ".."));
  Deno.writeTextFileSync(target, "broken\n".repeat(200_000));
  Deno.symlinkSync(target, temporary.path);
  await append(temporary.path, "one");
  assert(Deno.lstatSync(temporary.path).isSymlink);
  assertEquals(await lines(target), ["one"]);
});

Deno.test("HistoryFile says why it cannot be read or written", async () => {
  using temporary = place();
  Deno.writeTextFileSync(join(temporary.folder, "file"), "");
  const below = join(temporary.folder, "file", "history");
  assertEquals(await lines(below), []);
  await assertRejects(() => append(below, "one"), WriteError, `Cannot write "${below}": `);
});

Deno.test("historyPath() is in the folder for state", () => {
  const env = (name: string) => ({ XDG_STATE_HOME: "/state", HOME: "/home/ann" })[name];
  assertEquals(historyPath(env), join("/state", "chat", "history"));
  assertEquals(historyPath(() => undefined), undefined);
});
