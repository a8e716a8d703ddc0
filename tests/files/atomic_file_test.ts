import { assertEquals, assertRejects } from "@std/assert";
import { AtomicFile, writeAtomically, WriteError } from "../../platform/atomic_file.ts";
import { inFolder } from "../support/temporary_folder.ts";

function namesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

/** Replaces `name` of `Deno` by `stub` until this is disposed. */
function stubbed(name: "link" | "rename", stub: (from: string, to: string) => Promise<void>) {
  const original = Deno[name];
  Reflect.set(Deno, name, stub);
  return { [Symbol.dispose]: () => void Reflect.set(Deno, name, original) };
}

const BYTES = new TextEncoder().encode("copy");

Deno.test("AtomicFile.commit() gives the file its name, and only it", () =>
  inFolder(async (folder) => {
    const path = `${folder}/copy`;
    {
      await using file = await AtomicFile.create(path, { suffix: "part" });
      await file.write(BYTES);
      assertEquals(namesIn(folder), ["copy.part"]);
      await file.commit();
    }
    assertEquals([namesIn(folder), Deno.readTextFileSync(path)], [["copy"], "copy"]);
  }));

Deno.test("AtomicFile.commit() does not overwrite a file that appears at the last moment", () =>
  inFolder(async (folder) => {
    const path = `${folder}/copy`;
    const [link, rename] = [Deno.link, Deno.rename];
    // After every check that it could have made before.
    const last = (put: typeof link) => async (from: string, to: string) => {
      await Deno.writeTextFile(path, "mine");
      await put(from, to);
    };
    using _link = stubbed("link", last(link));
    using _rename = stubbed("rename", last(rename));
    const write = async () => {
      await using file = await AtomicFile.create(path, { suffix: "part" });
      await file.write(BYTES);
      await file.commit();
    };
    const reason = "there is such a file already; choose another one";
    await assertRejects(write, WriteError, `Cannot write "${path}": ${reason}`);
    assertEquals([namesIn(folder), Deno.readTextFileSync(path)], [["copy"], "mine"]);
  }));

Deno.test("AtomicFile.commit() works on a file system without links", () =>
  inFolder(async (folder) => {
    const path = `${folder}/copy`;
    using _link = stubbed("link", () => Promise.reject(new Deno.errors.NotSupported("no links")));
    {
      await using file = await AtomicFile.create(path, { suffix: "part" });
      await file.write(BYTES);
      await file.commit();
    }
    assertEquals([namesIn(folder), Deno.readTextFileSync(path)], [["copy"], "copy"]);
    await using other = await AtomicFile.create(`${folder}/other`);
    await Deno.writeTextFile(`${folder}/other`, "mine");
    const reason = "there is such a file already; choose another one";
    const { message } = await assertRejects(() => other.commit(), Error);
    assertEquals(message, `Cannot write "${folder}/other": ${reason}`);
    assertEquals(Deno.readTextFileSync(`${folder}/other`), "mine");
  }));

Deno.test("AtomicFile reports why it was not committed, also when its part is gone", () =>
  inFolder(async (folder) => {
    const lost = async () => {
      await using _file = await AtomicFile.create(`${folder}/copy`, { suffix: "part" });
      await Deno.remove(`${folder}/copy.part`);
      throw new Error("the server broke off");
    };
    const error = await assertRejects(lost, Error);
    assertEquals(error.message, "the server broke off");
    assertEquals(namesIn(folder), []);
  }));

Deno.test("AtomicFile.create() refuses a file that is there, and a part of another program", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/there`, "mine");
    await Deno.symlink("gone", `${folder}/link`);
    await Deno.writeTextFile(`${folder}/copy.part`, "theirs");
    const exists = "there is such a file already; choose another one";
    const left = `"${folder}/copy.part" is there already: it is being written now, or a program ` +
      "was killed; remove it if nothing writes it";
    for (const [name, reason] of [["there", exists], ["link", exists], ["copy", left]]) {
      const create = () => AtomicFile.create(`${folder}/${name}`, { suffix: "part" });
      const { message } = await assertRejects(create, WriteError);
      assertEquals(message, `Cannot write "${folder}/${name}": ${reason}`);
    }
    assertEquals(namesIn(folder), ["copy.part", "link", "there"]);
  }));

Deno.test("AtomicFile.commit() leaves no empty file where there are no links and it fails", () =>
  inFolder(async (folder) => {
    using _link = stubbed("link", () => Promise.reject(new Deno.errors.NotSupported("no links")));
    using _rename = stubbed("rename", () => Promise.reject(new Error("no space")));
    await assertRejects(() => writeAtomically(`${folder}/a`, "text"), WriteError, "no space");
    assertEquals(namesIn(folder), []);
  }));

Deno.test("writeAtomically() replaces a file if it may, and makes its folder", () =>
  inFolder(async (folder) => {
    const path = `${folder}/chat/known_servers`;
    await writeAtomically(path, "one", { replace: true, makeFolder: true });
    await writeAtomically(path, "two", { replace: true });
    assertEquals([namesIn(`${folder}/chat`), Deno.readTextFileSync(path)], [
      ["known_servers"],
      "two",
    ]);
    if (Deno.build.os === "windows") return;
    const modes = [`${folder}/chat`, path].map((path) => Deno.statSync(path).mode! & 0o777);
    assertEquals(modes, [0o700, 0o600]);
    await writeAtomically(`${folder}/a.crt`, "three", { mode: 0o400 });
    assertEquals(Deno.statSync(`${folder}/a.crt`).mode! & 0o777, 0o400);
  }));

Deno.test("writeAtomically() leaves nothing when it fails, and says why", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/key/full`, { recursive: true });
    const failures = [
      [`${folder}/key`, "it is a folder"],
      [`${folder}/none/file`, "there is no such folder"],
      [`${folder}/${"x".repeat(300)}`, "its name is too long"],
    ];
    for (const [path, reason] of failures) {
      const { message } = await assertRejects(
        () => writeAtomically(path!, "text", { replace: true }),
        WriteError,
      );
      assertEquals(message, `Cannot write "${path}": ${reason}`);
    }
    assertEquals(namesIn(folder), ["key"]);
  }));
