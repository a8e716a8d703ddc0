import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Identity } from "../client/identity.ts";
import { KeyFileError, keyPath, readKey, readOrMakeKey } from "../client/key_file.ts";
import { fingerprintOf } from "../proto/fingerprint.ts";
import { Person, run, start, startServer } from "./harness.ts";

const PERMISSIONS = Deno.build.os !== "windows";

async function inFolder(body: (path: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(`${folder}/chat/key`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function nobody(line: string): never {
  throw new Error(`reported: ${line}`);
}

Deno.test("readOrMakeKey() makes a key that nobody else can read, and reads it from then on", () =>
  inFolder(async (path) => {
    assertEquals(await readKey(path), undefined);
    const made = await readOrMakeKey(path, nobody);
    const again = await readOrMakeKey(path, nobody);
    assertEquals(again!.publicKey, made!.publicKey);
    if (PERMISSIONS) assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
    assertEquals(Array.from(Deno.readDirSync(`${path}/..`), ({ name }) => name), ["key"]);
  }));

Deno.test("readOrMakeKey() gives one key to all who start at once", () =>
  inFolder(async (path) => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => readOrMakeKey(path, nobody)));
    assertEquals(new Set(keys.map((key) => key!.fingerprint)).size, 1);
  }));

Deno.test("processes that start at once get one key", async () => {
  await using bob = new Person();
  const whoamis = Array.from({ length: 3 }, () => run("whoami", ["--name", "bob"], bob));
  const said = await Promise.all(whoamis);
  assertEquals(said.map(({ code, stderr }) => [code, stderr]), said.map(() => [0, ""]));
  assertEquals(new Set(said.map(({ stdout }) => stdout)).size, 1);
});

for (
  const [what, text] of [
    ["is empty", ""],
    ["holds something else", "hello"],
    ["holds no key in PEM", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"],
    ["holds a broken PEM", "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n"],
  ]
) {
  Deno.test(`readOrMakeKey() refuses a file that ${what}, and leaves it as it is`, () =>
    inFolder(async (path, folder) => {
      await Deno.mkdir(`${folder}/chat`);
      await Deno.writeTextFile(path, text!, { mode: 0o600 });
      const error = await assertRejects(() => readOrMakeKey(path, nobody), KeyFileError);
      assertEquals(
        error.message,
        `Cannot use the key "${path}": it is no key; move it away, and a new one is made`,
      );
      assertEquals(await Deno.readTextFile(path), text);
    }));
}

Deno.test({
  name: "readKey() refuses a key that others may read",
  ignore: !PERMISSIONS,
  fn: () =>
    inFolder(async (path) => {
      await readOrMakeKey(path, nobody);
      await Deno.chmod(path, 0o640);
      const error = await assertRejects(() => readKey(path), KeyFileError);
      assertMatch(error.message, /: others may read it; make it yours alone: chmod 600 /);
    }),
});

Deno.test("readOrMakeKey() says why it cannot make a key, and there is none", () =>
  inFolder(async (_path, folder) => {
    await Deno.writeTextFile(`${folder}/chat`, "a file where the folder should be");
    const lines: string[] = [];
    assertEquals(
      await readOrMakeKey(`${folder}/chat/key/key`, (line) => lines.push(line)),
      undefined,
    );
    assertEquals(lines.length, 1);
    assertMatch(lines[0]!, /^No key, and so no name of your own: cannot make /);
  }));

Deno.test("keyPath() follows the environment", () => {
  const path = (env: Record<string, string>) => keyPath((name) => env[name]);
  assertEquals(path({ HOME: "/h" }), "/h/.config/chat/key");
  assertEquals(path({ HOME: "/h", XDG_CONFIG_HOME: "/c" }), "/c/chat/key");
  assertEquals(path({ APPDATA: "/a" }), "/a/chat/key");
  assertEquals(path({}), undefined);
});

Deno.test("Identity gives back the key that it wrote", async () => {
  const made = await Identity.generate();
  const read = await Identity.parse(await made.toPem());
  assertEquals(read!.publicKey, made.publicKey);
  assertEquals(read!.fingerprint, await fingerprintOf(made.publicKey));
});

Deno.test("fingerprintOf() is what OpenSSH writes of a hash: base64 without padding", async () => {
  // Of 32 zeros: printf '%064d' 0 | xxd -r -p | openssl dgst -sha256 -binary | base64
  const expected = "SHA256:Zmh6rfhivXdsj8GLjp+OIAiXFIVu4jOzkCpZHQ1fKSU";
  assertEquals(await fingerprintOf(new Uint8Array(32)), expected);
});

Deno.test("chat whoami prints the name and the fingerprint, for programs with the key", async () => {
  await using bob = new Person();
  const people = await run("whoami", ["--name", "bob"], bob);
  const [, fingerprint] = /^name +bob\nfingerprint +(SHA256:[\w+/]{43})\n$/.exec(people.stdout)!;
  const programs = await run("whoami", ["--name", "bob", "--json"], bob);
  const { key, ...rest } = JSON.parse(programs.stdout);
  assertEquals(rest, { name: "bob", fingerprint });
  assertEquals(await fingerprintOf(Uint8Array.fromBase64(key)), fingerprint);
});

for (const command of ["join", "send", "tail", "whoami"] as const) {
  Deno.test(`chat ${command} exits 1 with one line if the key is none`, async () => {
    await using bob = new Person();
    await Deno.mkdir(`${bob.folder}/chat`);
    await Deno.writeTextFile(`${bob.folder}/chat/key`, "oops", { mode: 0o600 });
    const args = command === "tail" ? [] : ["--name", "bob"];
    const { code, stdout, stderr } = await run(command, args, { ...bob, stdin: "x" });
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /^error: Cannot use the key ".*": it is no key; .*\n$/);
  });
}

Deno.test("chat send works under the name of one's own chat, and for nobody else", async () => {
  await using server = await startServer(["--quiet"]);
  await using bob = new Person();
  const args = ["--server", server.address, "--name", "bob"];
  await using joined = start("join", [...args, "--last", "9"], bob);
  await joined.write("one\n");
  await joined.waitFor(/^\[bob\] one$/m);
  assertEquals((await run("send", [...args, "two"], bob)).code, 0);
  await joined.waitFor(/^\[bob\] two$/m);
  for (const command of ["send", "join"] as const) {
    const { code, stdout, stderr } = await run(command, args, { stdin: "I am bob" });
    assertEquals([code, stdout], [4, ""]);
    assertEquals(stderr, `error: Cannot join "${server.address}": name "bob" is taken\n`);
  }
  await joined.end();
  assertEquals((await joined.ended()).code, 0);
  assert(!joined.stdout.includes("I am bob"));
});
