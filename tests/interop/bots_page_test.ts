import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import vectors from "../../proto/identity/vectors.json" with { type: "json" };
import { DENO_RUN, Process, PROGRAM, run, startServer } from "../support/program.ts";
import { RestartableServer } from "../support/restartable_server.ts";
import { inFolder } from "../support/temporary_folder.ts";
import { quote } from "../support/terminal.ts";
import { hasModules, hasTool, PYTHON } from "../support/tools.ts";

const ROOT = new URL("../../", import.meta.url);
const PAGE = await Deno.readTextFile(new URL("docs/bots.md", ROOT));

/** The code blocks of the page in a language, in order. */
function blocks(language: string): string[] {
  return Array.from(PAGE.matchAll(/^```(\w+)\n([^]*?)^```/gm))
    .filter(([, name]) => name === language).map(([, , code]) => code!);
}

/** Reads all notes of a room. */
async function notesOf(room: string, address: string): Promise<string> {
  const { stdout } = await run("tail", ["--server", address, "--room", room, "--until-now"]);
  return stdout;
}

/** Sends a note again and again, until a room has what a bot answers. */
async function sendUntil(
  answer: RegExp,
  { address, room, args, from = room }: {
    address: string;
    room: string;
    args: string[];
    from?: string;
  },
): Promise<string> {
  while (true) {
    const at = ["--server", address, "--room", from];
    assertEquals((await run("send", [...at, ...args])).code, 0);
    const notes = await notesOf(room, address);
    if (answer.test(notes)) return notes;
  }
}

const tools = await Promise.all(
  ["bash", "curl", "jq", "setsid"].map((tool) => hasTool(tool, "--version")),
);
const missingShell = tools.includes(false);
const noShell = missingShell ? " (ignored: no bash, curl, jq or setsid)" : "";

Deno.test({
  name: `the commands and the bots in bash of docs/bots.md work as they stand${noShell}`,
  ignore: missingShell,
  fn: () =>
    inFolder(async (cwd) => {
      await using server = await startServer(["--quiet"]);
      const { address } = server;
      await Deno.mkdir(`${cwd}/bin`);
      const words = `${quote([...DENO_RUN, "--no-prompt"])} -P="$1" ${quote([PROGRAM])} "$@"`;
      await Deno.writeTextFile(`${cwd}/bin/chat`, `#!/bin/sh\nexec ${words}\n`, { mode: 0o700 });
      const env = { PATH: `${cwd}/bin:${Deno.env.get("PATH")}`, CHAT_SERVER: address };
      const start = (script: string) => {
        const here = script.replaceAll("--server localhost", `--server ${address}`)
          .replaceAll("http://localhost:11912", `http://${address}`);
        // In a process group of its own, since a bot is several processes.
        return new Process("setsid", ["bash", "-euc", here], { cwd, env });
      };
      const finish = async (script: string) => {
        await using process = start(script);
        await process.end();
        const { code } = await process.ended();
        assertEquals([script, code, process.stderr.replace(/^made a new key: .*\n/gm, "")], [
          script,
          0,
          "",
        ]);
        return process.stdout;
      };
      for (const name of ["alerts", "load", "disk", "ci"]) {
        await finish(`chat whoami --name ${name} --identity ${name}.key`);
      }
      await finish("chat send --name old-name --identity ci.key hello");
      const all = [...blocks("sh"), ...blocks("bash")].filter((block) => !block.includes("pip "));
      const follow = all.filter((block) => block.includes("chat tail"));
      const printed: string[] = [];
      for (const block of all) if (!follow.includes(block)) printed.push(await finish(block));
      assertEquals([follow.length, printed.length], [2, 6]);
      assertMatch(printed[1]!, /^names {8}old-name: /m);
      assertMatch(printed[1]!, /^"old-name" is not yours any more: /m);
      assertMatch(await Deno.readTextFile(`${cwd}/members`), /^fingerprint {2}SHA256:/m);
      assertEquals(
        await notesOf("builds", address),
        "[ci] build 512 is green\n[~deploys] 77 is live\n",
      );

      await using stack = new AsyncDisposableStack();
      const bots = follow.map((block) => {
        const bot = stack.use(start(block));
        stack.defer(() => Deno.kill(-bot.pid, "SIGTERM"));
        return bot;
      });
      const identity = ["--identity", `${cwd}/ci.key`];
      const failed = ["--name", "ci", ...identity, "--", "build 7\nfailed"];
      await sendUntil(/^\[alerts\] look at this: build 7 failed$/m, {
        ...{ address, from: "builds", room: "ops", args: failed },
      });
      const notes = await sendUntil(/^\[load\] .*load average/m, {
        ...{ address, room: "ops", args: ["--name", "bob", "--no-identity", "!load"] },
      });
      assert(!notes.includes("green"));
      const said = bots.map(({ stderr }) =>
        stderr.replace(/^-- there is no room "ops" yet.*\n/, "")
      );
      assertEquals(said, ["", ""]);
    }),
});

Deno.test("the bot in TypeScript of docs/bots.md answers, and leaves on SIGTERM", () =>
  inFolder(async (folder) => {
    const [code = ""] = blocks("ts");
    await Deno.writeTextFile(`${folder}/bot.ts`, code.replace('"../mod.ts"', `"${ROOT}mod.ts"`));
    const key = ["--name", "time", "--identity", `${folder}/time.key`];
    assertEquals((await run("whoami", key)).code, 0);
    await using server = await startServer(["--quiet"]);
    const { address } = server;
    const [deno = "", ...flags] = DENO_RUN;
    const permissions = ["--no-prompt", "--ignore-env", "--allow-net", "--allow-read"];
    const args = [...flags, ...permissions, `${folder}/bot.ts`, address, `${folder}/time.key`];
    await using bot = new Process(deno, args);
    await sendUntil(/^\[time\] bob: it is \d{4}-\d\d-\d\dT\S+Z$/m, {
      ...{ address, room: "ops", args: ["--name", "bob", "--no-identity", "!time"] },
    });
    bot.kill("SIGTERM");
    assertEquals([(await bot.ended()).code, bot.stderr], [0, ""]);
  }));

const missing = !(await hasModules("grpc", "grpc_tools", "cryptography"));
const why = missing
  ? " (ignored: pip install grpcio grpcio-tools cryptography, or set CHAT_TEST_PYTHON)"
  : "";

/** A folder with the bot in Python as the page says, its generated modules, and its key. */
async function makePythonBot(folder: string): Promise<void> {
  const [code = ""] = blocks("python");
  await Deno.writeTextFile(`${folder}/bot.py`, code);
  const [install = ""] = blocks("sh").filter((block) => block.includes("pip install"));
  const [, args = ""] = /^python (-m grpc_tools.protoc .*)$/m.exec(install)!;
  const words = args.replace("-I proto", `-I ${new URL("proto", ROOT).pathname}`)
    .replace("proto/chat.proto", new URL("proto/chat.proto", ROOT).pathname).split(" ");
  const { success, stderr } = await new Deno.Command(PYTHON, { args: words, cwd: folder }).output();
  assert(success, new TextDecoder().decode(stderr));
  const key = ["--name", "ping", "--identity", `${folder}/ping.key`];
  assertEquals((await run("whoami", key)).code, 0);
}

function startPythonBot(folder: string, args: string[]): Process {
  return new Process(PYTHON, ["bot.py", ...args], { cwd: folder });
}

Deno.test({
  name: `the bot in Python of docs/bots.md answers each note once, over a restart${why}`,
  ignore: missing,
  fn: () =>
    inFolder(async (folder) => {
      await makePythonBot(folder);
      const failed = Promise.withResolvers<never>();
      await using server = new RestartableServer(`${folder}/chat.db`, failed.reject);
      await server.start();
      const { address } = server;
      await using bot = startPythonBot(folder, [address, "ping.key"]);
      await bot.waitFor(/^joined ops$/m);
      const send = async (name: string) => {
        const args = ["--server", address, "--room", "ops", "--name", name, "--no-identity"];
        assertEquals((await run("send", [...args, "!ping"])).code, 0);
      };
      const heard = async (count: number) => {
        const args = ["--server", address, "--room", "ops", "--count", `${count}`];
        return (await run("tail", args)).stdout;
      };
      await send("ann");
      assertEquals(await heard(2), "[~ann] !ping\n[ping] ann: pong\n");
      await server.stop();
      await server.start();
      await send("bob"); // Before it is here again, or after.
      await bot.waitFor(/^joined ops$[^]*^joined ops$/m);
      await send("cy");
      const notes = (await heard(6)).split("\n").filter((line) => line.startsWith("[ping]"));
      assertEquals(notes, ["[ping] ann: pong", "[ping] bob: pong", "[ping] cy: pong"]);
      assertEquals(bot.stderr, "");
    }),
});

Deno.test({
  name: `the bot in Python of docs/bots.md keeps its posts in order when the rate is limited${why}`,
  ignore: missing,
  fn: () =>
    inFolder(async (folder) => {
      await makePythonBot(folder);
      const code = await Deno.readTextFile(`${folder}/bot.py`);
      const say = 'self.say(f"{note.name}: pong")';
      assertStringIncludes(code, say);
      const often = `[self.say(f"pong {i}") for i in range(30)]`;
      await Deno.writeTextFile(`${folder}/bot.py`, code.replace(say, often));
      await using server = await startServer(["--quiet", "--rate", "100", "--burst", "2"]);
      const { address } = server;
      await using bot = startPythonBot(folder, [address, "ping.key"]);
      await bot.waitFor(/^joined ops$/m);
      const at = ["--server", address, "--room", "ops"];
      // The second one arrives while the first is being answered.
      const ping = [...at, "--name", "ann", "--no-identity", "!ping"];
      for (let i = 0; i < 2; i++) {
        assertEquals(await run("send", ping), { code: 0, stdout: "", stderr: "" });
      }
      const { stdout } = await run("tail", [...at, "--count", "62"]);
      const answers = stdout.split("\n").filter((line) => line.startsWith("[ping]"));
      const once = Array.from({ length: 30 }, (_, i) => `[ping] pong ${i}`);
      assertEquals([answers, bot.stderr], [[...once, ...once], ""]);
    }),
});

Deno.test({
  name: `the bot in Python of docs/bots.md proves its key over TLS${why}`,
  ignore: missing,
  fn: () =>
    inFolder(async (folder) => {
      await makePythonBot(folder);
      const data = `${folder}/chat.db`;
      await using server = await startServer(["--quiet", "--tls", "--data", data]);
      const address = `localhost:${server.address.split(":").at(-1)}`;
      await using bot = startPythonBot(folder, [address, "ping.key", `${data}.crt`]);
      await bot.waitFor(/^joined ops$/m);
      const at = ["--server", address, "--ca", `${data}.crt`, "--room", "ops"];
      assertEquals((await run("send", [...at, "--name", "ann", "!ping"])).code, 0);
      const { stdout } = await run("tail", [...at, "--count", "2"]);
      assertEquals(stdout, "[ann] !ping\n[ping] ann: pong\n");
    }),
});

Deno.test({
  name: `the bot in Python of docs/bots.md exits when its name belongs to another key${why}`,
  ignore: missing,
  fn: () =>
    inFolder(async (folder) => {
      await makePythonBot(folder);
      await using server = await startServer(["--quiet", "--log-level", "error"]);
      await run("send", ["--server", server.address, "--name", "ping", "hello"]);
      await using bot = startPythonBot(folder, [server.address, "ping.key"]);
      assertEquals((await bot.ended()).code, 1);
      assertEquals(bot.stderr, 'The server refuses: name "ping" is taken\n');
    }),
});

Deno.test({
  name: `the bot in Python of docs/bots.md makes the proofs of the test vectors${why}`,
  ignore: missing,
  fn: () =>
    inFolder(async (folder) => {
      await makePythonBot(folder);
      const peers = new URL("peers/check_vectors.py", import.meta.url);
      await Deno.copyFile(peers, `${folder}/check_vectors.py`);
      const file = new URL("proto/identity/vectors.json", ROOT).pathname;
      await using check = new Process(PYTHON, ["check_vectors.py", file], { cwd: folder });
      assertEquals([(await check.ended()).code, check.stderr], [0, ""]);
      assertEquals(check.stdout, `${vectors.proofs.length} proofs\n`);
    }),
});

Deno.test("the worked example of docs/bots.md is the first of the test vectors", () => {
  const [{ bytes, signature } = { bytes: "", signature: "" }] = vectors.proofs;
  const rows = PAGE.matchAll(/^\|[^|]*\| `([0-9a-f]{8})` +\| `([0-9a-f]+)` +\|$/gm);
  assertEquals(Array.from(rows, ([, length, part]) => length! + part!).join(""), bytes);
  assertStringIncludes(PAGE, `\n${signature}\n`);
});
