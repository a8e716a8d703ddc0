import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { ReadMarkers, readMarkersPath } from "../../client/profile/read_markers.ts";

const LOBBY = { addresses: ["127.0.0.1:11912"], room: "lobby", name: "ann" };
const SEEN = { history: "a1", seq: 12, time: 1_700_000_000_000 };

/** A path in a temporary folder. */
function place(): Disposable & { path: string; files: () => string[] } {
  const folder = Deno.makeTempDirSync();
  const path = join(folder, "deep", "seen");
  return {
    path,
    files: () => Array.from(Deno.readDirSync(path), ({ name }) => join(path, name)),
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

Deno.test("ReadMarkers remembers each place separately, across restarts", async () => {
  using temporary = place();
  await new ReadMarkers(temporary.path).write(LOBBY, SEEN);
  await new ReadMarkers(temporary.path).write({ ...LOBBY, room: "dev" }, { ...SEEN, seq: 99 });
  const folder = new ReadMarkers(temporary.path);
  assertEquals(await folder.read(LOBBY), SEEN);
  assertEquals(await folder.read({ ...LOBBY, name: "ANN" }), SEEN);
  assertEquals((await folder.read({ ...LOBBY, room: "dev" }))?.seq, 99);
  assertEquals(await folder.read({ ...LOBBY, name: "bob" }), undefined);
});

Deno.test("ReadMarkers finds a chat by any of its addresses, and the newest marker", async () => {
  using temporary = place();
  const folder = new ReadMarkers(temporary.path);
  const at = (...addresses: string[]) => ({ ...LOBBY, addresses });
  await folder.write(at("a:1", "b:1"), SEEN);
  assertEquals(await folder.read(at("b:1")), SEEN);
  assertEquals(await folder.read(at("c:1", "a:1")), SEEN);
  const newer = { ...SEEN, seq: 13, time: SEEN.time + 1 };
  await folder.write(at("b:1"), newer);
  assertEquals(await folder.read(at("a:1", "b:1")), newer);
  assertEquals(await folder.read(at("a:1")), SEEN);
});

Deno.test("ReadMarkers keeps all places that are left at the same time", async () => {
  using temporary = place();
  const rooms = Array.from({ length: 20 }, (_, i) => `room ${i}`);
  const seen = () => new ReadMarkers(temporary.path);
  await Promise.all(rooms.map((room, seq) => seen().write({ ...LOBBY, room }, { ...SEEN, seq })));
  const kept = await Promise.all(rooms.map((room) => seen().read({ ...LOBBY, room })));
  assertEquals(kept.map((seen) => seen?.seq), rooms.map((_, seq) => seq));
});

Deno.test("ReadMarkers is private to its owner", {
  ignore: Deno.build.os === "windows",
}, async () => {
  using temporary = place();
  await new ReadMarkers(temporary.path).write(LOBBY, SEEN);
  const modes = [temporary.path, ...temporary.files()].map((path) => Deno.statSync(path).mode!);
  assertEquals(modes.map((mode) => mode & 0o777), [0o700, 0o600]);
});

Deno.test("ReadMarkers ignores a damaged file", async () => {
  using temporary = place();
  const folder = new ReadMarkers(temporary.path);
  await folder.write(LOBBY, SEEN);
  const [file] = temporary.files();
  for (const damaged of ["", "{", "null", "[]", '{"x": 1}', '"text"']) {
    Deno.writeTextFileSync(file!, damaged);
    assertEquals(await folder.read(LOBBY), undefined);
  }
  await folder.write(LOBBY, SEEN);
  assertEquals(await folder.read(LOBBY), SEEN);
});

Deno.test("ReadMarkers forgets the places unused for longest, and deletes no other file", async () => {
  using temporary = place();
  const folder = new ReadMarkers(temporary.path);
  await folder.write(LOBBY, SEEN);
  const pathOf = (name: string) => join(temporary.path, name);
  const old = Array.from({ length: 1_000 }, (_, i) => pathOf(i.toString(16).padStart(64, "0")));
  const others = ["README", `${"f".repeat(64)}.bak`].map(pathOf); // Made by hand.
  for (const [i, path] of [...others, ...old].entries()) {
    Deno.writeTextFileSync(path, JSON.stringify(SEEN));
    Deno.utimeSync(path, i, i); // Seconds, on the first of January 1970.
  }
  await folder.write({ ...LOBBY, room: "dev" }, SEEN);
  const files = new Set(temporary.files());
  assertEquals([files.size, others.every((path) => files.has(path))], [1_002, true]);
  assertEquals(old.map((path) => files.has(path)).lastIndexOf(false), 1);
  assertEquals(await folder.read(LOBBY), SEEN);
});

Deno.test("ReadMarkers stores no history that is too long to be valid", async () => {
  using temporary = place();
  const folder = new ReadMarkers(temporary.path);
  await folder.write(LOBBY, { ...SEEN, history: "h".repeat(100) });
  await folder.write(LOBBY, { ...SEEN, history: "h".repeat(101) });
  assertEquals((await folder.read(LOBBY))?.history.length, 100);
});

Deno.test("ReadMarkers reports why it cannot read, in words", async () => {
  using temporary = place();
  const folder = new ReadMarkers(temporary.path);
  await folder.write(LOBBY, SEEN);
  const [file = ""] = temporary.files();
  Deno.removeSync(file);
  Deno.mkdirSync(file);
  const error = await assertRejects(() => folder.read(LOBBY), Error);
  assertEquals(error.message, `Cannot read "${file}": it is a folder`);
});

Deno.test("ReadMarkers knows nothing without its folder", async () => {
  using temporary = place();
  assertEquals(await new ReadMarkers(temporary.path).read(LOBBY), undefined);
  Deno.writeTextFileSync(temporary.path.replace(/deep.*/, "deep"), "in the way");
  assertEquals(await new ReadMarkers(temporary.path).read(LOBBY), undefined);
});

Deno.test("ReadMarkers reports why it cannot write", async () => {
  using temporary = place();
  Deno.writeTextFileSync(temporary.path.replace(/deep.*/, "deep"), "in the way");
  await assertRejects(() => new ReadMarkers(temporary.path).write(LOBBY, SEEN), Error);
});

Deno.test("readMarkersPath() follows the environment", () => {
  const path = (env: Record<string, string>) => readMarkersPath((name) => env[name]);
  assertEquals(path({ HOME: "/h" }), join("/h", ".local", "state", "chat", "seen"));
  assertEquals(path({ HOME: "/h", XDG_STATE_HOME: "/s" }), join("/s", "chat", "seen"));
  assertEquals(path({}), undefined);
});
