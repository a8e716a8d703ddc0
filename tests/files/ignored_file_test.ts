import { assertEquals, assertRejects } from "@std/assert";
import { IgnoredFile, ignoredPath } from "../../client/profile/ignored_file.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

Deno.test("IgnoredFile keeps names for each chat, by any of its addresses", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/deep/ignored.json`;
  const file = () => new IgnoredFile(path);
  assertEquals(await file().read(["a:1"]), []);
  await file().change(["a:1", "b:1"], { add: ["ann", "~eve"] });
  await file().change(["c:1"], { add: ["Kim Min"] });
  await file().change(["b:1", "d:1"], { add: ["ANN"], remove: ["~EVE"] });
  assertEquals(await file().read(["a:1"]), ["ann", "~eve"]);
  assertEquals(await file().read(["d:1"]), ["ANN"]);
  assertEquals(await file().read(["c:1", "b:1"]), ["Kim Min", "ANN"]);
  await file().change(["b:1", "d:1"], { remove: ["ann"] });
  const text = await Deno.readTextFile(path);
  assertEquals(JSON.parse(text), { "a:1": ["ann", "~eve"], "c:1": ["Kim Min"] });
  if (Deno.build.os !== "windows") assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
});

Deno.test("IgnoredFile neither reads nor replaces what it does not understand", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/ignored.json`;
  for (const text of ["", "ann\n", "[]", "null", '{"a:1": "ann"}', '{"a:1": [7]}']) {
    await Deno.writeTextFile(path, text);
    const reason = `Cannot read "${path}": it is not {"HOST:PORT": ["NAME", …]}`;
    await assertRejects(() => new IgnoredFile(path).read(["a:1"]), Error, reason);
    await assertRejects(() => new IgnoredFile(path).change(["a:1"], { add: ["x"] }), Error, reason);
    assertEquals(await Deno.readTextFile(path), text);
  }
});

Deno.test("IgnoredFile loses no name when several programs add some at the same time", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/deep/ignored.json`;
  const names = Array.from({ length: 16 }, (_, i) => `person ${i}`);
  await Promise.all(names.map((name) => new IgnoredFile(path).change(["a:1"], { add: [name] })));
  assertEquals((await new IgnoredFile(path).read(["a:1"])).toSorted(), names.toSorted());
});

Deno.test("IgnoredFile reads no pipe, no device, and nothing huge", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/ignored.json`;
  const fails = (reason: string) =>
    assertRejects(() => new IgnoredFile(path).read(["a:1"]), Error, `"${path}": ${reason}`);
  await Deno.symlink("/dev/zero", path);
  await fails("it is not {");
  await Deno.remove(path);
  await new Deno.Command("mkfifo", { args: [path] }).output();
  await fails("it is not {");
  await Deno.remove(path);
  await Deno.writeTextFile(path, "{}");
  await Deno.truncate(path, 16_777_217);
  await fails("it has more than 16,777,216 bytes");
});

Deno.test("IgnoredFile keeps a link, and changes its file", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/ignored.json`;
  await Deno.writeTextFile(`${folder.path}/dotfile`, "{}");
  await Deno.symlink(`${folder.path}/dotfile`, path);
  await new IgnoredFile(path).change(["a:1"], { add: ["ann"] });
  assertEquals(JSON.parse(await Deno.readTextFile(`${folder.path}/dotfile`)), { "a:1": ["ann"] });
  assertEquals((await Deno.lstat(path)).isSymlink, true);
});

Deno.test("ignoredPath() is beside the key", () => {
  assertEquals(ignoredPath(() => undefined), undefined);
  const path = ignoredPath((name) => name === "XDG_CONFIG_HOME" ? "/c" : undefined);
  assertEquals(path?.replaceAll("\\", "/"), "/c/chat/ignored.json");
});
