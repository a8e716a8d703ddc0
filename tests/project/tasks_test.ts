import { assertEquals, assertMatch } from "@std/assert";
import { IMPORT_MAP, ROOT } from "../../tools/build/project.ts";
import { V8_FLAGS } from "../../tools/build/v8_flags.ts";
import { runTask, startTask } from "../support/program.ts";

/** The words before a command as people type them, where these tests run. */
const CHAT = IMPORT_MAP === undefined
  ? "deno task"
  : `npx -y deno@${Deno.version.deno} task -c '${ROOT}deno.json' npm`;

Deno.test("tasks run in the folder they are called from, and print nothing of their own", async () => {
  const cwd = await Deno.makeTempDir();
  const flags = ["--port", "0", "--log-level", "warn", "--data", "notes.db"];
  await using server = startTask("serve", flags, { cwd });
  try {
    const [, join, address = ""] = await server.waitFor(/^join with: (.*) join --server (\S+)$/m);
    assertEquals(join, CHAT);
    const text = "words  with 'spaces' and $signs --help";
    const sent = await runTask("send", ["--server", address, "--name", "ann", text], { cwd });
    assertEquals([sent.code, sent.stderr], [0, ""]);
    const tail = ["--server", address, "--until-now", "--time", "off"];
    const read = await runTask("tail", tail, { cwd });
    assertEquals([read.stdout, read.stderr], [`[ann] ${text}\n`, ""]);
    assertEquals((await Deno.stat(`${cwd}/notes.db`)).isFile, true);
  } finally {
    server.kill("SIGTERM"); // The task passes it on.
    await server.ended();
    await Deno.remove(cwd, { recursive: true });
  }
  assertEquals([(await server.ended()).code, server.stderr], [0, ""]);
});

Deno.test("deno task serve runs V8 with the flags of a compiled server", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  assertEquals(/--v8-flags=(\S+)/.exec(tasks.serve.command)?.[1], V8_FLAGS);
});

/** The tasks that are programs for developers. */
const TASKS = [
  ...[
    "coverage",
    "chaos",
    "soak",
    "fuzz",
    "mutations",
    "smoke",
    "bench",
    "compile",
    "dist",
    "install",
  ],
];

for (const name of TASKS) {
  Deno.test(`deno task ${name} --help explains the task`, async () => {
    const { code, stdout, stderr } = await runTask(name, ["--help"], { cwd: ROOT });
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, new RegExp(`^deno task ${name}: .+\n\nUsage: deno task ${name} \\[`));
  });
}

Deno.test("deno task chaos refuses what is not an option", async () => {
  const { code, stderr } = await runTask("chaos", ["--how", "often"], { cwd: ROOT });
  assertEquals([code, stderr], [2, 'error: --how "often": must be server, cluster, kill or cut\n']);
});
