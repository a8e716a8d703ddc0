import { assert, assertEquals, assertMatch } from "@std/assert";
import { Person, type Process, run, serveArgs, start, startServer } from "../support/program.ts";
import { hasNats, Nats, type NatsSettings } from "../support/nats/nats.ts";

const ignore = !(await hasNats());
const why = ignore ? " (ignored: no nats-server)" : "";

/** Calls `body` with a running engine. */
function testOnNats(
  name: string,
  body: (nats: Nats) => Promise<void>,
  settings: NatsSettings = {},
): void {
  Deno.test({
    name: `${name}${why}`,
    ignore,
    fn: async () => {
      await using nats = await Nats.start(settings);
      await body(nats);
    },
  });
}

/** Starts a server that logs everything. */
const startShared = (nats: Nats, ...args: string[]) =>
  startServer(["--cluster", nats.urls.join(","), "--log-level", "debug", ...args]);

/** Whether `chat health` finds a server serving. */
const isServing = async ({ address }: { address: string }) =>
  (await run("health", ["--server", address])).code === 0;

testOnNats("chat serve --cluster says what it shares", async (nats) => {
  await using server = await startShared(nats, "--cluster-name", "team");
  await server.waitFor(
    /^shares the chat "team" on 127\.0\.0\.1:\d+, each note on 1 node$/m,
  );
  await server.waitFor(/ info start .* cluster=team$/m, "stderr");
});

testOnNats("chat serve --cluster has metrics of the engine", async (nats) => {
  await using server = await startShared(nats, "--metrics", "0");
  const [, page] = await server.waitFor(/^metrics on (\S+)$/m);
  const text = await (await fetch(page!)).text();
  for (const line of ["chat_engine_connected 1", "chat_engine_behind 0", "chat_servers 1"]) {
    assert(text.includes(`\n${line}\n`), text);
  }
});

testOnNats("chat stats prints the metrics of the engine", async (nats) => {
  await using ann = await person();
  await using server = await startShared(nats, "--operators", ann.keys);
  const { code, stdout } = await run("stats", ["--server", server.address], { env: ann.env });
  assertEquals(code, 0);
  assertMatch(stdout, /^chat_engine_connected +1$/m);
});

testOnNats("chat backup says where the data of a shared chat is", async (nats) => {
  await using ann = await person();
  await using server = await startShared(nats, "--operators", ann.keys);
  const args = ["--server", server.address, `${ann.folder}/copy.db`];
  const { stdout, stderr } = await run("backup", args, { env: ann.env });
  assertEquals(stdout, "");
  assertMatch(
    stderr,
    /^error: .*engine of this server has all data: back it up there, or use chat export --cluster\n$/,
  );
});

testOnNats("chat serve --cluster is not serving while its engine is away", async (nats) => {
  await using server = await startShared(nats);
  assertEquals(await isServing(server), true);
  await nats.killAll();
  await server.waitFor(/ warn engine state=away$/m, "stderr");
  await server.waitFor(/ error engine state=down seconds=5$/m, "stderr");
  assertEquals(await isServing(server), false);
  await nats.startAll();
  await server.waitFor(/ warn engine state=back seconds=/m, "stderr");
  assertEquals(await isServing(server), true);
});

testOnNats(
  "chat serve --cluster stops with exit code 7 if the engine has lost notes",
  async (nats) => {
    await using server = await startShared(nats);
    await nats.killAll();
    for (const { dataFolder } of nats.nodes) await Deno.remove(dataFolder, { recursive: true });
    await nats.startAll();
    assertEquals((await server.ended()).code, 7);
    assertMatch(server.stderr, / error error error="NATS lost entries/);
    assertMatch(server.stderr, / info stop$/m);
    assertMatch(server.stderr, /^error: NATS lost entries that it had stored: .*\n$/m);
  },
);

testOnNats("chat serve --cluster-replicas 3 does not start on one node", async (nats) => {
  const args = ["--port", "0", "--cluster", nats.urls[0]!, "--cluster-replicas", "3"];
  const { code, stdout, stderr } = await run("serve", args);
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /^error: .*too few nodes .*--cluster-replicas 3.*\n$/);
});

/** A key of the engine, made for these tests. */
const USER = "UA6YUXFEY6WSBE5JKUI5WQ7V5INQKNPUQQ5QEUL2VBBDGDW3TUJXJBWU";
const SEED = "SUAB2WBX45WXPYCYVQ7KMW2M55IPOP6AIM2TWAGRMHH7IOTQBDBZYCQJRM";
const OTHER_SEED = "SUAFA4Y7AFI2QOLKDWIFLCAC6CXBCJH3XDMPQ5FHLO2ZDYZOMZFDT73RZM";
const WITH_KEY = { settings: `authorization { users: [{ nkey: ${USER} }] }` };

testOnNats("chat serve --cluster-creds keeps the secret in its file to itself", async (nats) => {
  const cwd = await Deno.makeTempDir();
  await Deno.writeTextFile(`${cwd}/seed`, `${SEED}\n`, { mode: 0o644 });
  const args = ["--cluster", nats.urls[0]!, "--cluster-creds", "seed", "--log-level", "debug"];
  {
    await using server = await startServer(args, { cwd });
    await server.waitFor(/ warn open file=seed mode=644 reason=".* chmod 600 seed"$/m, "stderr");
    assertEquals(await wordsOf(server), { hasSeed: false, hasFile: true });
    server.kill("SIGTERM");
    await server.ended();
    assert(!`${server.stdout}${server.stderr}`.includes(SEED));
  }
  await Deno.remove(cwd, { recursive: true });
}, WITH_KEY);

testOnNats(
  "chat serve --cluster-creds says whose credentials are missing or wrong",
  async (nats) => {
    const cwd = await Deno.makeTempDir();
    await Deno.writeTextFile(`${cwd}/other`, OTHER_SEED);
    await Deno.writeTextFile(`${cwd}/text`, "no key");
    const cases = [
      [[], /^error: NATS at \S+ requires credentials: use --cluster-creds\n$/],
      [["--cluster-creds", "other"], /^error: NATS at \S+ refused the credentials: .*\n$/],
      [
        ["--cluster-creds", "text"],
        /^error: .*--cluster-creds has neither NATS credentials nor .*\n$/,
      ],
    ] as const;
    for (const [flags, words] of cases) {
      const args = ["--port", "0", "--cluster", nats.urls[0]!, ...flags];
      const { code, stderr } = await run("serve", args, { cwd });
      assertMatch(stderr, words);
      assertEquals(code, 1);
      assert(!stderr.includes(OTHER_SEED));
    }
    await Deno.remove(cwd, { recursive: true });
  },
  WITH_KEY,
);

testOnNats("chat serve --cluster waits for an engine that it cannot reach", async (nats) => {
  await nats.killAll();
  const [url] = nats.urls;
  await using server = start("serve", serveArgs(["--cluster", url!]));
  const reason = `Cannot reach NATS at ${url!.slice(7)}: nothing listens there`;
  const line = new RegExp(` warn engine state=awaited reason="${reason}"$`, "m");
  await server.waitFor(line, "stderr");
  assertEquals(server.stdout, "");
  await nats.startAll();
  await server.waitFor(/^listening on /m);
});

/** What other users of the machine see of a process. */
async function wordsOf({ pid }: Process) {
  const ps = new Deno.Command("ps", { args: ["-ww", "-o", "args=", "-p", `${pid}`] });
  const words = new TextDecoder().decode((await ps.output()).stdout);
  return { hasSeed: words.includes(SEED), hasFile: words.includes("--cluster-creds seed") };
}

/** An operator, and the file with their key. */
async function person() {
  const ann = new Person();
  const { stdout } = await run("whoami", ["--json", "--name", "x"], ann);
  const keys = `${ann.folder}/operators`;
  await Deno.writeTextFile(keys, JSON.parse(stdout).fingerprint);
  return Object.assign(ann, { keys });
}
