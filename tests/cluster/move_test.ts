import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Identity } from "../../client/profile/identity.ts";
import { ChatError } from "../../mod.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { hasNats, Nats } from "../support/nats/nats.ts";
import { freePort, run, startServer } from "../support/program.ts";
import { inFolder } from "../support/temporary_folder.ts";

const ignore = !(await hasNats());
const why = ignore ? " (ignored: no nats-server)" : "";

const [ann, bob, eve] = [
  await Identity.generate(),
  await Identity.generate(),
  await Identity.generate(),
];

/** Calls `body` with a running engine and a folder. */
function testOnNats(name: string, body: (nats: Nats, folder: string) => Promise<void>): void {
  Deno.test({
    name: `${name}${why}`,
    ignore,
    fn: async () => {
      await using nats = await Nats.start();
      await inFolder((folder) => body(nats, folder));
    },
  });
}

/** Runs a command in a folder, and returns its output. */
async function output(
  command: "export" | "import",
  args: string[],
  { cwd, stdin = "" }: { cwd: string; stdin?: string },
): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, { cwd, stdin });
  assertEquals([code, stderr], [0, ""]);
  return stdout;
}

/** Returns why a person may not join. */
async function refusal(address: string, name: string, identity: Identity): Promise<string> {
  await using chat = joinLibraryChat(name, address, { identity, room: "dev" });
  return (await assertRejects(() => chat.ended, ChatError)).message;
}

/** Says something in a room of a server, and checks who may use which name there. */
async function visit(address: string, message: string): Promise<void> {
  await using chat = joinLibraryChat("Bob", address, { identity: bob, room: "dev" });
  await chat.say(message);
  assertMatch(await refusal(address, "bob", ann), /: name "bob" is taken$/);
  assertMatch(await refusal(address, "dan", eve), /: banned: spam$/);
}

testOnNats(
  "a chat moves from a file to an engine and back, and its clients go on",
  async (nats, cwd) => {
    const port = freePort();
    const address = `127.0.0.1:${port}`;
    const cluster = ["--cluster", nats.urls[0]!];
    await Deno.writeTextFile(`${cwd}/operators`, ann.fingerprint);
    /** Serves the chat until `body` is over. */
    const serve = async (args: string[], body: () => Promise<void>) => {
      const more = ["--port", `${port}`, "--rate", "0", "--operators", "operators"];
      await using server = await startServer([...args, ...more], { cwd });
      await body();
      server.kill("SIGTERM");
      assertEquals((await server.ended()).code, 0);
    };

    await using reader = joinLibraryChat("", address, { room: "dev" });
    await serve(["--data", "a.db"], async () => {
      await using operator = joinLibraryChat("ann", address, { identity: ann, room: "Dev" });
      await operator.say("1");
      {
        await using bad = joinLibraryChat("eve", address, { identity: eve, room: "dev" });
        await bad.say("2");
        await operator.order({ action: "ban", name: "eve", reason: "spam" });
      }
      await visit(address, "3");
      await reader.until(({ heard }) => heard.length === 3);
    });

    const before = await output("export", ["--json", "--all", "--data", "a.db"], { cwd });
    const imported = await output("import", cluster, { cwd, stdin: before });
    assertEquals(imported, "imported 3 notes in 1 room, 3 names, 1 ban, 0 mutes\n");
    await serve(cluster, async () => {
      await visit(address, "4");
      await reader.until(({ heard }) => heard.length === 4);
      const live = await output("export", ["--json", ...cluster], { cwd });
      assertEquals(live.trim().split("\n").length, 5);
    });

    const shared = await output("export", ["--json", "--all", ...cluster], { cwd });
    await output("import", ["--data", "b.db"], { cwd, stdin: shared });
    assertEquals(await output("export", ["--json", "--all", "--data", "b.db"], { cwd }), shared);
    await serve(["--data", "b.db"], async () => {
      await visit(address, "5");
      await reader.until(({ heard }) => heard.length === 5);
    });
    assertEquals(reader.heard, ["1", "2", "3", "4", "5"]);
    assertEquals(JSON.parse(shared.split("\n")[0]!).room, "Dev");
  },
);

testOnNats("chat export --cluster prints one room as text", async (nats, cwd) => {
  const cluster = ["--cluster", nats.urls[0]!, "--cluster-name", "team"];
  const lines = ["dev", "ops"].flatMap((room) => [
    { room, history: room, first: 3, head: 3, origins: [] },
    {
      ...{ seq: 3, time: "2024-11-22T17:02:03.000Z", room, name: "ann", kind: "said" },
      ...{ message: `in ${room}`, verified: true },
    },
  ]);
  const stdin = lines.map((line) => JSON.stringify(line)).join("\n");
  await output("import", cluster, { cwd, stdin });
  const args = [...cluster, "--time", "off", "--room"];
  assertEquals(await output("export", [...args, "DEV"], { cwd }), "[ann] in dev\n");
  const missing = await run("export", [...args, "attic"], { cwd });
  const words = 'error: There is no room "attic" in chat "team"\n';
  assertEquals(missing, { code: 1, stdout: "", stderr: words });
});

testOnNats("chat export --cluster makes no chat that is not there", async (nats, cwd) => {
  const cluster = ["--cluster", nats.urls[0]!, "--cluster-name", "typo"];
  const words = 'error: There is no chat "typo" in NATS: check --cluster-name\n';
  for (let times = 0; times < 2; times++) {
    assertEquals(await run("export", ["--json", ...cluster], { cwd }), {
      ...{ code: 1, stdout: "", stderr: words },
    });
  }
});

testOnNats(
  "chat import --cluster refuses a name of another key, and stores nothing",
  async (nats, cwd) => {
    const cluster = ["--cluster", nats.urls[0]!];
    const time = "2024-11-22T17:02:03.000Z";
    const owned = (name: string, { fingerprint: owner }: Identity) =>
      JSON.stringify({ owner, name, time, seen: time, spoken: true });
    await output("import", cluster, { cwd, stdin: owned("bob", bob) });
    const before = await output("export", ["--json", "--all", ...cluster], { cwd });
    const room = JSON.stringify({ room: "dev", history: "h", first: 1, head: 0, origins: [] });
    const stdin = [room, owned("B0B", eve)].join("\n");
    const { code, stdout, stderr } = await run("import", cluster, { cwd, stdin });
    const words = `it looks like "bob", which key ${bob.fingerprint} owns there`;
    const what = `Cannot import name "B0B" of key ${eve.fingerprint}`;
    assertEquals([code, stdout, stderr], [1, "", `error: ${what}: ${words}\n`]);
    assertEquals(await output("export", ["--json", "--all", ...cluster], { cwd }), before);
  },
);
