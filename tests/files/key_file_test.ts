import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  loadIdentity,
  loadOrMakeIdentity,
  loadOrMakeNamedIdentity,
} from "../../cli/credentials/load_identity.ts";
import type { Output } from "../../cli/framework/output.ts";
import { Identity } from "../../client/profile/identity.ts";
import { KeyFileError, keyPath, readKey, readOrMakeKey } from "../../client/profile/key_file.ts";
import { knownServersPath } from "../../client/profile/known_servers.ts";
import { readMarkersPath } from "../../client/profile/read_markers.ts";
import { keyFingerprint } from "../../room/identity.ts";
import { Person, run, start, startServer } from "../support/program.ts";

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

Deno.test("readOrMakeKey() makes a private key file once, and reads it afterwards", () =>
  inFolder(async (path) => {
    assertEquals(await readKey(path), undefined);
    const made = await readOrMakeKey(path, nobody);
    const again = await readOrMakeKey(path, nobody);
    assertEquals(again!.publicKey, made!.publicKey);
    if (PERMISSIONS) assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
    assertEquals(Array.from(Deno.readDirSync(`${path}/..`), ({ name }) => name), ["key"]);
  }));

Deno.test("readOrMakeKey() returns one key to all concurrent callers", () =>
  inFolder(async (path) => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => readOrMakeKey(path, nobody)));
    assertEquals(new Set(keys.map((key) => key!.fingerprint)).size, 1);
  }));

Deno.test("processes that start at the same time get one key", async () => {
  await using bob = new Person({ hasKey: false });
  const whoamis = Array.from({ length: 3 }, () => run("whoami", ["--name", "bob"], bob));
  const said = await Promise.all(whoamis);
  assertEquals(said.map(({ code, stderr }) => [code, stderr]), said.map(() => [0, ""]));
  assertEquals(new Set(said.map(({ stdout }) => stdout)).size, 1);
});

for (
  const [what, text] of [
    ["is empty", ""],
    ["contains something else", "hello"],
    ["contains no key in PEM", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"],
    ["contains a broken PEM", "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n"],
  ]
) {
  Deno.test(`readOrMakeKey() refuses a file that ${what}, and leaves it unchanged`, () =>
    inFolder(async (path, folder) => {
      await Deno.mkdir(`${folder}/chat`);
      await Deno.writeTextFile(path, text!, { mode: 0o600 });
      const error = await assertRejects(() => readOrMakeKey(path, nobody), KeyFileError);
      assertEquals(
        error.message,
        `Cannot use the key "${path}": it is not a key; move it away, and a new one is made`,
      );
      assertEquals(await Deno.readTextFile(path), text);
    }));
}

Deno.test("readKey() refuses a folder in place of a key, and says that it is one", () =>
  inFolder(async (path) => {
    await Deno.mkdir(path, { recursive: true });
    for (const read of [() => readKey(path), () => readOrMakeKey(path, nobody)]) {
      const { message } = await assertRejects(read, KeyFileError);
      assertEquals(
        message,
        `Cannot use the key "${path}": it is a folder; move it away, and a new one is made`,
      );
    }
  }));

Deno.test("readOrMakeKey() reports a link to a missing key", () =>
  inFolder(async (path, folder) => {
    await Deno.mkdir(`${folder}/chat`);
    await Deno.symlink("gone", path);
    const reports: string[] = [];
    assertEquals(await readOrMakeKey(path, (line) => reports.push(line)), undefined);
    assertEquals(reports, [
      `You have no key, so no name is yours: "${path}" is a link to no file`,
    ]);
    assertEquals(Array.from(Deno.readDirSync(`${folder}/chat`), ({ name }) => name), ["key"]);
  }));

Deno.test("readOrMakeKey() leaves no partial key when it cannot write one", () =>
  inFolder(async (path, folder) => {
    const { link, rename } = Deno;
    // No links, and the disk is full when the key itself is written.
    Deno.link = () => Promise.reject(new Deno.errors.NotSupported("no links"));
    Deno.rename = () => Promise.reject(new Error("no space left"));
    try {
      const reports: string[] = [];
      assertEquals(await readOrMakeKey(path, (line) => reports.push(line)), undefined);
      assertEquals(reports.length, 1);
      assertEquals(Array.from(Deno.readDirSync(`${folder}/chat`)), []);
    } finally {
      Object.assign(Deno, { link, rename });
    }
    assert(await readOrMakeKey(path, nobody));
  }));

/** The environment, and the resulting configuration and state folders. */
const FOLDERS: [env: Record<string, string>, config?: string, state?: string][] = [
  [{}],
  [{ HOME: "" }],
  [{ HOME: "", XDG_CONFIG_HOME: "", XDG_STATE_HOME: "", APPDATA: "", LOCALAPPDATA: "" }],
  [{ HOME: "home" }],
  [{ HOME: "." }],
  [{ XDG_CONFIG_HOME: "config", XDG_STATE_HOME: "./state" }],
  [{ HOME: "/h" }, "/h/.config/chat", "/h/.local/state/chat"],
  [
    { HOME: "/h", XDG_CONFIG_HOME: "", XDG_STATE_HOME: "" },
    "/h/.config/chat",
    "/h/.local/state/chat",
  ],
  [
    { HOME: "/h", XDG_CONFIG_HOME: "c", XDG_STATE_HOME: "../s" },
    "/h/.config/chat",
    "/h/.local/state/chat",
  ],
  [{ HOME: "/h", XDG_CONFIG_HOME: "/c", XDG_STATE_HOME: "/s" }, "/c/chat", "/s/chat"],
  [{ HOME: "", XDG_CONFIG_HOME: "/c", XDG_STATE_HOME: "/s" }, "/c/chat", "/s/chat"],
  [{ XDG_CONFIG_HOME: "c", APPDATA: "/a", LOCALAPPDATA: "/l" }, "/a/chat", "/l/chat"],
];

Deno.test("folders come only from variables that are set and absolute", {
  ignore: Deno.build.os === "windows",
}, () => {
  for (const [env, config, state] of FOLDERS) {
    const get = (name: string) => env[name];
    assertEquals(keyPath(get), config && `${config}/key`, JSON.stringify(env));
    assertEquals(knownServersPath(get), config && `${config}/known_servers`, JSON.stringify(env));
    assertEquals(readMarkersPath(get), state && `${state}/seen`, JSON.stringify(env));
  }
});

Deno.test("without a home nothing is written to the current directory", async () => {
  const cwd = await Deno.makeTempDir();
  const env = { HOME: "", XDG_CONFIG_HOME: "config", XDG_STATE_HOME: "state" };
  await using server = await startServer(["--quiet"]);
  const args = ["--server", server.address, "--name", "bob"];
  assertEquals((await run("send", [...args, "hello"], { env, cwd })).code, 0);
  const { code, stderr } = await run("whoami", [], { env, cwd });
  assertEquals(code, 1);
  assertEquals(
    stderr,
    "error: There is no key: there is no place for one: set HOME, or give --identity FILE\n",
  );
  assertEquals([...Deno.readDirSync(cwd)], []);
  await Deno.remove(cwd, { recursive: true });
});

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

Deno.test("a folder that cannot be entered hides a key, which only a named file must have", async () => {
  const { stat } = Deno;
  Deno.stat = () =>
    Promise.reject(Object.assign(new Deno.errors.PermissionDenied("no"), { code: "EACCES" }));
  try {
    const reports: string[] = [];
    const output = { report: (line: string) => void reports.push(line) } as Output;
    const context = { env: (name: string) => name === "HOME" ? "/root" : undefined, output };
    const none = { identity: undefined, "no-identity": false };
    assertEquals(await loadIdentity(context, none), undefined);
    assertEquals(reports, []);
    assertEquals(await loadOrMakeIdentity(context, none), undefined);
    const reason = "its folder cannot be entered: permission denied";
    assertEquals(reports, [
      "You have no key, so no name is yours: " +
      `Cannot use the key "/root/.config/chat/key": ${reason}`,
    ]);
    for (const load of [loadIdentity, loadOrMakeIdentity, loadOrMakeNamedIdentity]) {
      const { message } = await assertRejects(
        () => load(context, { ...none, identity: "/root/ci.key" }),
        KeyFileError,
      );
      assertEquals(message, `Cannot use the key "/root/ci.key": ${reason}`);
    }
  } finally {
    Deno.stat = stat;
  }
});

Deno.test({
  name: "readKey() accepts a key of another user, whatever its mode, as containers mount secrets",
  ignore: !PERMISSIONS,
  fn: () =>
    inFolder(async (path) => {
      const made = await readOrMakeKey(path, nobody);
      await Deno.chmod(path, 0o644);
      const { uid } = Deno;
      Deno.uid = () => 1_234; // Only root can give a file away.
      try {
        assertEquals((await readKey(path))?.fingerprint, made!.fingerprint);
      } finally {
        Deno.uid = uid;
      }
    }),
});

Deno.test("readOrMakeKey() reports why it cannot make a key, and returns none", () =>
  inFolder(async (_path, folder) => {
    await Deno.writeTextFile(`${folder}/chat`, "a file where the folder should be");
    const lines: string[] = [];
    assertEquals(
      await readOrMakeKey(`${folder}/chat/key/key`, (line) => lines.push(line)),
      undefined,
    );
    assertEquals(lines.length, 1);
    assertMatch(
      lines[0]!,
      /^You have no key, so no name is yours: Cannot write ".*key": a file is in the way of the folder ".*"$/,
    );
  }));

Deno.test("chat whoami reports a file in the place of the configuration folder, once", async () => {
  await using bob = new Person({ hasKey: false });
  await Deno.writeTextFile(`${bob.folder}/chat`, "");
  const { code, stderr } = await run("whoami", ["--name", "bob"], bob);
  const reason = `a file is in the way of the folder "${bob.folder}/chat"`;
  const words = `Cannot write "${bob.folder}/chat/key": ${reason}`;
  assertEquals([code, stderr], [1, `You have no key, so no name is yours: ${words}\n`]);
});

Deno.test("chat whoami reports a name that servers refuse", async () => {
  await using bob = new Person();
  const { code, stdout, stderr } = await run("whoami", ["--name", "bob!"], bob);
  assertMatch(stdout, /^name +bob!$/m);
  assertMatch(stderr, /^warning: servers refuse this name if it is new: Name "bob!" [^\n]+\n$/);
  assertEquals(code, 0);
  const spaced = await run("whoami", ["--name", "b b  c"], bob);
  assertMatch(spaced.stdout, /^name {9}b b {2}c$/m);
});

Deno.test("keyPath() follows the environment", () => {
  const path = (env: Record<string, string>) => keyPath((name) => env[name]);
  assertEquals(path({ HOME: "/h" }), "/h/.config/chat/key");
  assertEquals(path({ HOME: "/h", XDG_CONFIG_HOME: "/c" }), "/c/chat/key");
  assertEquals(path({ APPDATA: "/a" }), "/a/chat/key");
  assertEquals(path({}), undefined);
});

Deno.test("Identity.parse() reads the key that it wrote", async () => {
  const made = await Identity.generate();
  const read = await Identity.parse(await made.toPem());
  assertEquals(read!.publicKey, made.publicKey);
  assertEquals(read!.fingerprint, await keyFingerprint(made.publicKey));
});

Deno.test("keyFingerprint() prints a hash like OpenSSH: base64 without padding", async () => {
  // Of 32 zeros: printf '%064d' 0 | xxd -r -p | openssl dgst -sha256 -binary | base64
  const expected = "SHA256:Zmh6rfhivXdsj8GLjp+OIAiXFIVu4jOzkCpZHQ1fKSU";
  assertEquals(await keyFingerprint(new Uint8Array(32)), expected);
});

Deno.test("chat whoami prints the name and the fingerprint, and with --json the key", async () => {
  await using bob = new Person();
  const people = await run("whoami", ["--name", "bob"], bob);
  const [, fingerprint] = /^name +bob\nfingerprint +(SHA256:[\w+/]{43})\n$/.exec(people.stdout)!;
  const programs = await run("whoami", ["--name", "bob", "--json"], bob);
  const { key, ...rest } = JSON.parse(programs.stdout);
  assertEquals(rest, { name: "bob", fingerprint });
  assertEquals(await keyFingerprint(Uint8Array.fromBase64(key)), fingerprint);
});

for (const command of ["join", "send", "tail", "whoami"] as const) {
  Deno.test(`chat ${command} exits 1 with one line if the key is invalid`, async () => {
    await using bob = new Person();
    await Deno.writeTextFile(`${bob.folder}/chat/key`, "oops", { mode: 0o600 });
    const args = command === "tail" ? [] : ["--name", "bob"];
    const { code, stdout, stderr } = await run(command, args, { ...bob, stdin: "x" });
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /^error: Cannot use the key ".*": it is not a key; .*\n$/);
  });
}

Deno.test("chat send speaks under the name of the person's own chat, and under no other", async () => {
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
    assertEquals(
      stderr,
      `error: Cannot join "${server.address}": name "bob" is taken (--name NAME joins under another)\n`,
    );
  }
  await joined.end();
  assertEquals((await joined.ended()).code, 0);
  assert(!joined.stdout.includes("I am bob"));
});
