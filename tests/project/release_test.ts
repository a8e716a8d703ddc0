import { assert, assertEquals, assertMatch } from "@std/assert";
import { ROOT } from "../../tools/build/project.ts";
import { Person, run, startServer } from "../support/program.ts";

const read = (path: string) => Deno.readTextFileSync(ROOT + path);
const workflows = ["ci", "release"].map((name) => read(`.github/workflows/${name}.yml`));
const dockerfile = read("deploy/Dockerfile");

/** The words after `instruction`, a pattern, in the Dockerfile. */
function execForm(instruction: string): string[] {
  const [, words = ""] = new RegExp(`^${instruction} (\\[.*\\])$`, "m").exec(dockerfile) ?? [];
  return JSON.parse(words);
}

/** The first version of each action that runs on Node 24. */
const FIRST_ON_NODE_24: Readonly<Record<string, readonly number[]>> = {
  "actions/checkout": [5, 0, 0],
  "actions/upload-artifact": [6, 0, 0],
  "actions/download-artifact": [7, 0, 0],
  "actions/attest-build-provenance": [4, 0, 0],
  "denoland/setup-deno": [2, 0, 4],
};

Deno.test("workflows pin each action to one commit, of a version that runs on Node 24", () => {
  const pins = new Map<string, string>();
  for (const [, use = ""] of workflows.join("\n").matchAll(/\buses: (.*)/g)) {
    if (use.startsWith("./")) continue;
    const [, action = "", version = ""] = /^(\S+)@[0-9a-f]{40} # v(\d+\.\d+\.\d+)$/.exec(use) ?? [];
    assertEquals(pins.getOrInsert(action, use), use);
    const [first, actual] = [FIRST_ON_NODE_24[action] ?? [], version.split(".").map(Number)];
    const differs = first.findIndex((part, i) => part !== actual[i]);
    assert(first.length === 3 && (differs < 0 || actual[differs]! > first[differs]!), use);
  }
  assertEquals([...pins.keys()].sort(), Object.keys(FIRST_ON_NODE_24).sort());
});

Deno.test("workflows and image use the same Deno, and images are pinned by digest", () => {
  const versions = workflows.flatMap((text) => /^ +DENO_VERSION: (\S+)$/m.exec(text)?.[1] ?? []);
  assertEquals(versions.length, workflows.length);
  const [, deno = ""] = /^FROM denoland\/deno:([\d.]+)@/m.exec(dockerfile) ?? [];
  assertEquals([...new Set([...versions, deno])].length, 1);
  for (const [, image = ""] of dockerfile.matchAll(/^FROM (\S+)/mg)) {
    assertMatch(image, /:[^@]+@sha256:[0-9a-f]{64}$/);
  }
});

Deno.test("the command of the image prints no notes, and passes the health check of the image", async () => {
  await using person = new Person();
  const [serve, ...args] = execForm("CMD");
  const [chat, health, ...check] = execForm(" +CMD");
  assertEquals([serve, chat, health], ["serve", "chat", "health"]);
  const cwd = person.folder;
  await using server = await startServer([...args, "--data", "chat.db"], { cwd });
  const port = server.address.replace(/^.*:/, "");
  const there = check.map((word) => word === "localhost" ? `localhost:${port}` : word);
  assertEquals(await run("health", there, { cwd }), { code: 0, stdout: "serving\n", stderr: "" });
  const send = ["--name", "ann", "--server", `localhost:${port}`, "--tls", "--ca", "chat.db.crt"];
  assertEquals((await run("send", [...send, "a secret"], { cwd })).code, 0);
  server.kill("SIGTERM");
  await server.ended();
  assertEquals(server.stdout.includes("a secret"), false);
});
