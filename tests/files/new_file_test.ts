import { assertEquals, assertRejects } from "@std/assert";
import { NewFile } from "../../cli/commands/new_file.ts";

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function namesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

/** Replaces `name` of `Deno` by `stub` until disposed. */
function stubbed(name: "link" | "rename", stub: (from: string, to: string) => Promise<void>) {
  const original = Deno[name];
  Reflect.set(Deno, name, stub);
  return { [Symbol.dispose]: () => void Reflect.set(Deno, name, original) };
}

const BYTES = new TextEncoder().encode("copy");

Deno.test("NewFile.keep() gives the file its name, and leaves no other file", () =>
  inFolder(async (folder) => {
    const path = `${folder}/copy`;
    {
      await using file = await NewFile.open(path);
      await file.write(BYTES);
      assertEquals(namesIn(folder), ["copy.part"]);
      await file.keep();
    }
    assertEquals([namesIn(folder), Deno.readTextFileSync(path)], [["copy"], "copy"]);
  }));

Deno.test("NewFile.keep() never overwrites a file that appears at the last moment", () =>
  inFolder(async (folder) => {
    const path = `${folder}/copy`;
    const [link, rename] = [Deno.link, Deno.rename];
    // After every check it could have made before.
    const last = (put: typeof link) => async (from: string, to: string) => {
      await Deno.writeTextFile(path, "mine");
      await put(from, to);
    };
    using _link = stubbed("link", last(link));
    using _rename = stubbed("rename", last(rename));
    const keep = async () => {
      await using file = await NewFile.open(path);
      await file.write(BYTES);
      await file.keep();
    };
    const reason = "there is such a file already; choose another one";
    await assertRejects(keep, Error, `Cannot write "${path}": ${reason}`);
    assertEquals([namesIn(folder), Deno.readTextFileSync(path)], [["copy"], "mine"]);
  }));

Deno.test("NewFile.keep() works without links where the file system has none", () =>
  inFolder(async (folder) => {
    const path = `${folder}/copy`;
    using _link = stubbed("link", () => Promise.reject(new Deno.errors.NotSupported("no links")));
    {
      await using file = await NewFile.open(path);
      await file.write(BYTES);
      await file.keep();
    }
    assertEquals([namesIn(folder), Deno.readTextFileSync(path)], [["copy"], "copy"]);
    await using other = await NewFile.open(`${folder}/other`);
    await Deno.writeTextFile(`${folder}/other`, "mine");
    const reason = "there is such a file already; choose another one";
    const { message } = await assertRejects(() => other.keep(), Error);
    assertEquals(message, `Cannot write "${folder}/other": ${reason}`);
    assertEquals(Deno.readTextFileSync(`${folder}/other`), "mine");
  }));

Deno.test("NewFile reports the first error, even if its partial file is gone", () =>
  inFolder(async (folder) => {
    const lost = async () => {
      await using _file = await NewFile.open(`${folder}/copy`);
      await Deno.remove(`${folder}/copy.part`);
      throw new Error("the server broke off");
    };
    const error = await assertRejects(lost, Error);
    assertEquals(error.message, "the server broke off");
    assertEquals(namesIn(folder), []);
  }));
