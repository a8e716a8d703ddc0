import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
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

Deno.test("deno task serve and docs/operating.md have the V8 flags of a compiled server", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  assertEquals(/--v8-flags=(\S+)/.exec(tasks.serve.command)?.[1], V8_FLAGS);
  assertStringIncludes(await Deno.readTextFile(`${ROOT}docs/operating.md`), V8_FLAGS);
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

/** What tasks refuse, and how they say so. */
const REFUSED: readonly (readonly [args: readonly [string, ...string[]], error: string])[] = [
  [["chaos", "--how", "often"], '--how "often": must be server, cluster, kill or cut'],
  [
    ["bench", "--only", "posts,foo"],
    '--only "posts,foo": there is no scenario "foo" (--help lists them)',
  ],
  [
    ["coverage", "tests/unit", "tests/nope"],
    'TESTS "tests/nope": there is no such file or folder in the project',
  ],
];

for (const [[name, ...args], error] of REFUSED) {
  Deno.test(`deno task ${name} refuses ${args.join(" ")} in one line`, async () => {
    const { code, stdout, stderr } = await runTask(name, args, { cwd: ROOT });
    assertEquals([code, stdout, stderr], [2, "", `error: ${error}\n`]);
  });
}

Deno.test("deno task coverage of a folder without tests says so, and does not fail itself", async () => {
  const { code, stdout, stderr } = await runTask("coverage", ["tests/support"], { cwd: ROOT });
  assertEquals([code, stdout, stderr.includes("FAILED")], [1, "", false]);
  assertMatch(stderr, /No test modules found/); // As Deno says.
});
