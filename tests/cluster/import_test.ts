import { assertEquals, assertMatch } from "@std/assert";
import { Person, run, startServer } from "../support/program.ts";
import { hasNats, Nats } from "../support/nats/nats.ts";

const ignore = !(await hasNats());
const why = ignore ? " (ignored: no nats-server)" : "";

const TEXTS = ["one", "two", "three"];

/** Says something in rooms of a server on a file, and returns what `chat export` prints. */
async function makeArchive(cwd: string): Promise<string> {
  await using ann = new Person();
  await using server = await startServer(["--data", "chat.db"], { cwd });
  for (const room of ["dev", "Ops"]) {
    const args = ["--server", server.address, "--room", room, "--name", "ann", "--lines"];
    const stdin = TEXTS.map((text) => `${text}\n`).join("");
    assertEquals((await run("send", args, { stdin, env: ann.env })).code, 0);
  }
  server.kill("SIGTERM");
  await server.ended();
  return (await run("export", ["--json"], { cwd })).stdout;
}

/** The notes of a room, by their positions. */
async function read(address: string, room: string): Promise<string[]> {
  const args = ["--server", address, "--room", room, "--json", "--until-now", "--last", "9"];
  const { stdout } = await run("tail", args);
  return stdout.split("\n").filter((line) => line.includes('"seq"')).map((line) => {
    const { seq, message } = JSON.parse(line);
    return `${seq} ${message}`;
  });
}

Deno.test({
  name: `chat import --cluster moves the rooms of a file to the servers that share a chat${why}`,
  ignore,
  fn: async () => {
    const cwd = await Deno.makeTempDir();
    const archive = await makeArchive(cwd);
    await using nats = await Nats.start();
    const cluster = ["--cluster", nats.urls[0]!];
    await using running = await startServer(cluster);
    const imported = await run("import", cluster, { stdin: archive, cwd });
    assertEquals(imported, { code: 0, stdout: "imported 6 notes in 2 rooms\n", stderr: "" });
    await using later = await startServer(cluster);
    const args = ["--server", running.address, "--room", "dev", "--name", "bob", "four"];
    assertEquals((await run("send", args)).code, 0);
    for (const { address } of [running, later]) {
      assertEquals(await read(address, "dev"), ["1 one", "2 two", "3 three", "4 four"]);
      assertEquals(await read(address, "ops"), ["1 one", "2 two", "3 three"]);
    }
    const again = await run("import", cluster, { stdin: archive, cwd });
    assertEquals([again.code, again.stdout], [1, ""]);
    assertMatch(again.stderr, /^error: Cannot import room "dev": the chat has it already\n$/);
    await Deno.remove(cwd, { recursive: true });
  },
});

Deno.test({
  name: `chat import --cluster stores nothing of an archive with a wrong line${why}`,
  ignore,
  fn: async () => {
    const cwd = await Deno.makeTempDir();
    const archive = await makeArchive(cwd);
    await using nats = await Nats.start();
    const cluster = ["--cluster", nats.urls[0]!];
    const { code, stderr } = await run("import", cluster, { stdin: `${archive}{}\n`, cwd });
    assertEquals(code, 1);
    assertMatch(stderr, /^error: .*line 9/i);
    assertEquals((await run("import", cluster, { stdin: archive, cwd })).code, 0);
    await Deno.remove(cwd, { recursive: true });
  },
});

Deno.test("chat import does not write to a file and to an engine", async () => {
  const args = ["--cluster", "nats://127.0.0.1", "--data", "chat.db"];
  const { code, stderr } = await run("import", args);
  assertEquals(code, 2);
  assertMatch(stderr, /^error: --cluster cannot be combined with --data: /);
});
