import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Command, commandLine, Person, run, start, startServer } from "../support/program.ts";
import { inFolder } from "../support/temporary_folder.ts";
import { hasTmux, quote, Terminal } from "../support/terminal.ts";
import { FakeServer, welcome } from "../support/wire/fake_server.ts";

const POSIX = Deno.build.os !== "windows";

const NO_KEY = "You have no key, so no name is yours";
const HOW = "chat whoami makes one, and --no-identity asks for none";

/** Runs a command in a home that is thrown away, as a job of a build service does. */
async function runInNewHome(
  command: Command,
  args: string[],
  { env, ...options }: { stdin?: string; cwd?: string; env?: Record<string, string> } = {},
) {
  const home = await Deno.makeTempDir();
  try {
    const result = await run(command, args, {
      ...options,
      env: { XDG_CONFIG_HOME: home, ...env },
    });
    return { ...result, files: Array.from(Deno.readDirSync(home), ({ name }) => name) };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

for (const command of ["send", "join"] as const) {
  Deno.test(`two jobs in new homes speak under one name with chat ${command}, which neither owns`, async () => {
    await using server = await startServer(["--quiet"]);
    const args = ["--server", server.address, "--name", "ci"];
    for (const stdin of ["one", "two"]) {
      const { code, stderr, files } = await runInNewHome(command, args, { stdin });
      assertEquals([code, stderr, files], [0, `${NO_KEY}: ${HOW}\n`, []]);
    }
    const silent = await runInNewHome(command, [...args, "--no-identity"], { stdin: "three" });
    assertEquals([silent.code, silent.stderr, silent.files], [0, "", []]);
    const { stdout } = await run("tail", ["--server", server.address, "--until-now"]);
    assertEquals(stdout, "[~ci] one\n[~ci] two\n[~ci] three\n");
  });
}

Deno.test("a job with the key of a file owns its name in every new home", () =>
  inFolder(async (cwd) => {
    await using server = await startServer(["--quiet"]);
    const at = ["--server", server.address];
    const made = await runInNewHome("whoami", ["--name", "ci", "--identity", "ci.key"], { cwd });
    assertEquals([made.code, made.stderr, made.files], [0, "made a new key: ci.key\n", []]);
    if (POSIX) assertEquals((await Deno.stat(`${cwd}/ci.key`)).mode! & 0o777, 0o600);
    const pem = await Deno.readTextFile(`${cwd}/ci.key`);
    const args = [...at, "--name", "ci"];
    const ways: [flags: string[], env: Record<string, string>][] = [
      [["--identity", "ci.key"], {}],
      [["--identity", "ci.key"], { CHAT_IDENTITY: "another" }],
      [[], { CHAT_IDENTITY: "ci.key" }],
      [[], { CHAT_IDENTITY: pem }],
      [[], { CHAT_IDENTITY: pem.replaceAll("\n", " ") }], // As some services paste secrets.
    ];
    for (const [flags, env] of ways) {
      const sent = await runInNewHome("send", [...args, ...flags, "done"], { cwd, env });
      assertEquals([sent.code, sent.stderr, sent.files], [0, "", []]);
    }
    const { stdout } = await run("tail", [...at, "--until-now"]);
    assertEquals(stdout, "[ci] done\n".repeat(ways.length));
    const refused = await runInNewHome("send", [...args, "done"], { cwd });
    assertEquals(refused.code, 4);
    assertMatch(refused.stderr, /name "ci" is taken/);
    const none = ["--no-identity", "done"];
    const env = { CHAT_IDENTITY: pem };
    assertEquals((await runInNewHome("send", [...args, ...none], { cwd, env })).code, 4);
  }));

Deno.test("every command with a key reads it from --identity", () =>
  inFolder(async (folder) => {
    const key = ["--identity", `${folder}/op.key`];
    const made = await runInNewHome("whoami", ["--name", "op", "--json", ...key]);
    await Deno.writeTextFile(`${folder}/operators`, JSON.parse(made.stdout).fingerprint);
    const options = ["--operators", `${folder}/operators`, "--members", `${folder}/operators`];
    await using server = await startServer(["--quiet", "--data", `${folder}/a.db`, ...options]);
    const commands: [Command, string[]][] = [
      ["join", ["--name", "op"]],
      ["send", ["--name", "op"]],
      ["tail", ["--until-now"]],
      ["stats", []],
      ["backup", [`${folder}/copy.db`]],
      ["whoami", ["--name", "op"]],
      ["drop", ["op"]],
    ];
    for (const [command, args] of commands) {
      const at = ["--server", server.address, ...args];
      if (command !== "whoami") { // Which would make the key.
        const missing = [...at, "--identity", `${folder}/none.key`];
        const refused = await runInNewHome(command, missing, { stdin: "hello" });
        const hint = `chat whoami --identity ${folder}/none.key makes one`;
        assertEquals([command, refused.code, refused.stderr], [
          command,
          1,
          `error: Cannot use the key "${folder}/none.key": there is no such file: ${hint}\n`,
        ]);
      }
      const { code, stderr } = await runInNewHome(command, [...at, ...key], { stdin: "hello" });
      assertEquals([command, code, stderr], [command, 0, ""]);
    }
    assertEquals((await Deno.stat(`${folder}/copy.db`)).isFile, true);
  }));

for (
  const [what, prepare, words] of [
    ["is a folder", (path) => Deno.mkdir(path), "it is a folder"],
    ["has no key", (path) => Deno.writeTextFile(path, "oops", { mode: 0o600 }), "it is not a key"],
    [
      "others may read",
      (path) => Deno.writeTextFile(path, "", { mode: 0o644 }),
      "others may read it; make it yours alone: chmod 600 PATH",
    ],
  ] as [string, (path: string) => Promise<void>, string][]
) {
  Deno.test({
    name: `--identity refuses a file that ${what}, in one line`,
    ignore: !POSIX,
    fn: () =>
      inFolder(async (folder) => {
        const path = `${folder}/ci.key`;
        await prepare(path);
        for (const command of ["send", "tail", "whoami"] as const) {
          const args = command === "tail" ? [] : ["--name", "ci"];
          const { code, stdout, stderr } = await run(command, [...args, "--identity", path]);
          assertEquals([code, stdout, stderr], [
            1,
            "",
            `error: Cannot use the key "${path}": ${words.replace("PATH", path)}\n`,
          ]);
        }
      }),
  });
}

Deno.test("no error shows a key that is misplaced or broken", async () => {
  await using person = new Person();
  const pem = await Deno.readTextFile(`${person.folder}/chat/key`);
  const base64 = pem.split("\n")[1]!;
  const send = ["--name", "ci", "hello"];
  for (const secret of [pem, base64]) {
    const { code, stderr } = await run("send", [`--identity=${secret}`, ...send]);
    assertEquals([code, stderr.split("\n")[0]], [
      2,
      "error: --identity: other users of this machine could see a key in it: " +
      "put the key in a file, or in CHAT_IDENTITY",
    ]);
    assert(!stderr.includes(base64));
  }
  const others = [btoa(pem), `\t${btoa(pem)}`, `MIGHAgEA${"x".repeat(80)}`, "user\npassword"];
  const keys = [base64, pem.slice(0, 50), pem.replace("PRIVATE", "PUBLIC")];
  for (const CHAT_IDENTITY of [...keys, ...others]) {
    const { code, stderr } = await run("send", send, { env: { CHAT_IDENTITY } });
    assertEquals([code, stderr], [
      1,
      'error: Cannot use the key "CHAT_IDENTITY": it is not a key\n',
    ]);
  }
  const both = await run("send", ["--identity", "a", "--no-identity", ...send]);
  assertMatch(
    both.stderr,
    /^error: --identity and --no-identity exclude each other: give only one$/m,
  );
  assertEquals(both.code, 2);
});

Deno.test("without a home or a key file there is one line, and no name is claimed", async () => {
  await using server = await startServer(["--quiet"]);
  const args = ["--server", server.address, "--name", "ci", "hello"];
  const where = "there is no place for one: set HOME, or give --identity FILE";
  for (let times = 0; times < 2; times++) {
    const { code, stderr } = await run("send", args, { env: { HOME: "", XDG_CONFIG_HOME: "" } });
    assertEquals([code, stderr], [0, `${NO_KEY}: ${where}\n`]);
  }
  const none = await run("whoami", ["--name", "ci", "--no-identity"]);
  assertEquals([none.code, none.stderr], [
    1,
    "error: There is no key: --no-identity asks for none\n",
  ]);
});

Deno.test("chat whoami --server lists names, and chat drop gives one back for another key", async () => {
  await using server = await startServer(["--quiet"]);
  await using ann = new Person();
  await using bob = new Person();
  const at = ["--server", server.address];
  for (const name of ["ann", "old"]) {
    assertEquals((await run("send", [...at, "--name", name, "hello"], ann)).code, 0);
  }
  const listed = await run("whoami", [...at, "--name", "ann"], ann);
  assertMatch(
    listed.stdout,
    /^name {9}ann\nfingerprint {2}SHA256:\S+\n(names {8}(ann|old): owned for \d+ s, last here just now\n){2}$/,
  );
  const { names } = JSON.parse((await run("whoami", [...at, "--json"], ann)).stdout);
  assertEquals(names.map(({ name, spoken }: { name: string; spoken: boolean }) => [name, spoken]), [
    ["old", true],
    ["ann", true],
  ]);
  assertMatch(names[0].since, /^\d{4}-\d\d-\d\dT\S+Z$/);
  assertMatch(names[0].seen, /^\d{4}-\d\d-\d\dT\S+Z$/);
  const notTheirs = await run("drop", [...at, "old"], bob);
  assertEquals([notTheirs.code, notTheirs.stderr], [
    4,
    'error: Cannot drop "old": it is not yours\n',
  ]);
  const dropped = await run("drop", [...at, "old"], ann);
  assertEquals([dropped.code, dropped.stdout, dropped.stderr], [
    0,
    '"old" is not yours any more: the next key to use it owns it\n',
    "",
  ]);
  const taken = await run("send", [...at, "--name", "old", "mine"], bob);
  assertEquals([taken.code, taken.stderr], [0, ""]);
  const mine = await run("whoami", [...at, "--name", "bob"], bob);
  assertMatch(mine.stdout, /^names {8}old: owned for \d+ s, last here just now\n/m);
  await using chat = start("join", [...at, "--name", "ann", "--last", "0"], ann);
  await chat.write("here\n");
  await chat.waitFor(/^\[ann\] here$/m);
  const inUse = await run("drop", [...at, "ann"], ann);
  assertEquals([inUse.code, inUse.stderr], [
    4,
    'error: Cannot drop "ann": you are using it in another session\n',
  ]);
  await using nobody = new Person();
  const none = await run("whoami", [...at, "--name", "cat"], nobody);
  assertMatch(none.stdout, /^names {8}none$/m);
  const noKey = await run("drop", [...at, "--no-identity", "ann"], ann);
  assertEquals([noKey.code, noKey.stderr], [1, "error: There is no key, so no name is yours\n"]);
});

Deno.test("chat whoami and chat drop report a server that is too old, and exit 4", async () => {
  using server = await FakeServer.answering(({ join, orders }) => {
    if (join) return welcome(join);
    return { outcomes: orders.map(() => ({ code: 7, words: "Only operators may do that" })) };
  });
  const commands: [Command, string[]][] = [["whoami", ["--name", "ann"]], ["drop", ["ann"]]];
  for (const [command, args] of commands) {
    const { code, stderr } = await run(command, ["--server", server.address, ...args]);
    assertEquals([code, stderr], [
      4,
      "error: This server is of an older version: it cannot list your names or take one back\n",
    ]);
  }
});

const noTmux = !(await hasTmux());
const why = noTmux ? " (ignored: there is no tmux here)" : "";

Deno.test({
  name: `a person at a terminal gets a key, unless it is that of a build service${why}`,
  ignore: noTmux,
  fn: () =>
    inFolder(async (folder) => {
      await using server = await startServer(["--quiet"]);
      const send = (home: string, ci: string) => {
        const env = [`XDG_CONFIG_HOME=${folder}/${home}`, `CI=${ci}`];
        const args = ["--server", server.address, "--name", home, "hello"];
        return quote(["env", ...env, ...commandLine("send", args)]);
      };
      const script = `${send("job", "true")}; ${send("person", "")}; echo "done: $?"`;
      await using terminal = await Terminal.start(script, { columns: 120, rows: 10 });
      await terminal.waitFor(/^done: 0$/m);
      assertEquals(await terminal.screen(), `${NO_KEY}: ${HOW}\ndone: 0`);
      assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["person"]);
      const { stdout } = await run("tail", ["--server", server.address, "--until-now"]);
      assertEquals(stdout, "[~job] hello\n[person] hello\n");
    }),
});

Deno.test({
  name: `a person at a terminal whose home is read-only gets one line, and no name${why}`,
  ignore: noTmux,
  fn: () =>
    inFolder(async (folder) => {
      await using server = await startServer(["--quiet"]);
      await Deno.writeTextFile(`${folder}/file`, ""); // Root may write to any folder.
      const args = ["--server", server.address, "--name", "ann", "hello"];
      const home = [`XDG_CONFIG_HOME=${folder}/file`];
      const command = quote(["env", ...home, ...commandLine("send", args)]);
      const script = `${command}; ${command}; echo "done: $?"`;
      await using terminal = await Terminal.start(script, { columns: 200, rows: 10 });
      await terminal.waitFor(/^done: 0$/m);
      const lines = (await terminal.screen()).split("\n");
      assertEquals(lines.length, 3);
      assert(lines.slice(0, 2).every((line) => line.startsWith(`${NO_KEY}: Cannot write "`)));
      const { stdout } = await run("tail", ["--server", server.address, "--until-now"]);
      assertEquals(stdout, "[~ann] hello\n[~ann] hello\n");
    }),
});

Deno.test({
  name: `/whoami and /drop in chat join${why}`,
  ignore: noTmux,
  async fn() {
    await using server = await startServer(["--quiet"]);
    await using ann = new Person();
    const at = ["--server", server.address];
    await run("send", [...at, "--name", "old", "hello"], ann);
    const assignments = Object.entries(ann.env).map(([name, value]) => `${name}=${value}`);
    const args = [...at, "--name", "ann", "--time", "off"];
    const command = quote(["env", ...assignments, ...commandLine("join", args)]);
    await using terminal = await Terminal.start(command, { columns: 100, rows: 30 });
    await terminal.waitFor(/^── lobby: ann ──$/m);
    const enter = async (line: string) => {
      await terminal.type(line);
      await terminal.press("Enter");
    };
    await enter("/whoami");
    await terminal.waitFor(
      /^── you are ann ──\n {2}key SHA256:\S{43}\n {2}ann: owned for \d+ s, last here just now, nothing said\n {2}old: owned for \d+ s, last here just now$/m,
    );
    await enter("/drop ann");
    await terminal.waitFor(/Cannot drop "ann": you are using it; take another name first/);
    await enter("/drop bob");
    await terminal.waitFor(/Cannot drop "bob": it is not yours/);
    await enter("/drop old");
    await terminal.waitFor(
      /^-- "old" is not yours any more: the next key to use it owns it --$/m,
    );
    assertEquals((await run("send", [...at, "--name", "old", "mine"])).code, 0);
    await terminal.waitFor(/^\[old\] mine$/m);
  },
});
