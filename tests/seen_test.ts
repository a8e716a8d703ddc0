import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { SeenFile, seenPath } from "../client/seen.ts";

const LOBBY = { address: "127.0.0.1:11912", room: "lobby", name: "ann" };
const SEEN = { history: "a1", seq: 12, time: 1_700_000_000_000 };

/** A path in a folder of its own, which is gone at the end. */
function place(): Disposable & { path: string } {
  const folder = Deno.makeTempDirSync();
  return {
    path: join(folder, "deep", "seen.json"),
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

Deno.test("SeenFile remembers each place by itself, over the end of the program", async () => {
  using temporary = place();
  await new SeenFile(temporary.path).write(LOBBY, SEEN);
  await new SeenFile(temporary.path).write({ ...LOBBY, room: "dev" }, { ...SEEN, seq: 99 });
  const file = new SeenFile(temporary.path);
  assertEquals(await file.read(LOBBY), SEEN);
  assertEquals((await file.read({ ...LOBBY, room: "dev" }))?.seq, 99);
  assertEquals(await file.read({ ...LOBBY, name: "bob" }), undefined);
});

Deno.test("SeenFile is for its owner alone", { ignore: Deno.build.os === "windows" }, async () => {
  using temporary = place();
  await new SeenFile(temporary.path).write(LOBBY, SEEN);
  assertEquals(Deno.statSync(temporary.path).mode! & 0o777, 0o600);
});

Deno.test("SeenFile begins anew where the file is damaged", async () => {
  using temporary = place();
  const file = new SeenFile(temporary.path);
  await file.write(LOBBY, SEEN);
  for (const damaged of ["", "{", "null", "[]", '{"x": 1}', '"text"']) {
    Deno.writeTextFileSync(temporary.path, damaged);
    assertEquals(await file.read(LOBBY), undefined);
  }
  await file.write(LOBBY, SEEN);
  assertEquals(await file.read(LOBBY), SEEN);
});

Deno.test("SeenFile forgets the places where nobody has been for longest", async () => {
  using temporary = place();
  const file = new SeenFile(temporary.path);
  const places = Array.from({ length: 1_000 }, (_, i) => [`place ${i}`, SEEN]);
  await file.write(LOBBY, SEEN);
  Deno.writeTextFileSync(temporary.path, JSON.stringify(Object.fromEntries(places)));
  await file.write(LOBBY, SEEN);
  const kept = Object.keys(JSON.parse(Deno.readTextFileSync(temporary.path)));
  assertEquals([kept.length, kept[0]], [1_000, "place 1"]);
});

Deno.test("SeenFile says why it cannot keep anything", async () => {
  using temporary = place();
  Deno.writeTextFileSync(temporary.path.replace(/deep.*/, "deep"), "in the way");
  await assertRejects(() => new SeenFile(temporary.path).write(LOBBY, SEEN), Error);
});

Deno.test("seenPath() follows the environment", () => {
  const path = (env: Record<string, string>) => seenPath((name) => env[name]);
  assertEquals(path({ HOME: "/h" }), join("/h", ".local", "state", "chat", "seen.json"));
  assertEquals(path({ HOME: "/h", XDG_STATE_HOME: "/s" }), join("/s", "chat", "seen.json"));
  assertEquals(path({}), undefined);
});
