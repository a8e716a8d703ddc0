import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { openOtherNetwork } from "../support/other_network.ts";
import {
  commandLine,
  freePort,
  Person,
  Process,
  run,
  start,
  startServer,
} from "../support/program.ts";
import { hasTmux, quote, Terminal } from "../support/terminal.ts";
import { TestCa, writePair } from "../support/test_ca.ts";
import { hasModules, PYTHON } from "../support/tools.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const place = await openOtherNetwork();
Deno.test.afterAll(async () => await place?.[Symbol.asyncDispose]());
const ignore = place === undefined;
const why = ignore ? " (ignored: loopback is the only address, and no network can be created)" : "";
const { host: HOST = "", there = {} } = place ?? {};

const NAME = ["--name", "ann"];
const FINGERPRINT = /([0-9A-F]{2}:){31}[0-9A-F]{2}/;

type Server = Awaited<ReturnType<typeof startServer>>;

/** Starts a server on the address, and waits until it has printed all its lines. */
async function serveOn(args: string[], cwd?: string): Promise<Server & { fingerprint: string }> {
  const server = await startServer(["--host", HOST, "--quiet", ...args], {
    ...there,
    ...(cwd && { cwd }),
  });
  await server.waitFor(/^join with: .*$/m);
  const fingerprint = /^fingerprint: (\S+)$/m.exec(server.stdout)?.[1] ?? "none";
  return Object.assign(server, { fingerprint });
}

/** Sends a note under an unowned name, and returns the exit code and the error output. */
async function send(address: string, args: string[], env?: Record<string, string>) {
  const words = ["--server", address, "--name", crypto.randomUUID(), ...args, "hello"];
  const { code, stderr } = await run("send", words, { ...there, ...(env && { env }) });
  return { code, stderr };
}

const done = { code: 0, stderr: "" };

Deno.test({
  name:
    `chat serve encrypts if other machines can reach it, and prints a join line that works${why}`,
  ignore,
  async fn() {
    await using server = await serveOn([]);
    assertMatch(server.stdout, /^created a certificate that lasts until this server stops/m);
    const [, line = ""] = /^join with: .* join (.*)$/m.exec(server.stdout) ?? [];
    assertEquals(line, `--server ${server.address} --fingerprint ${server.fingerprint}`);
    const { code, stderr } = await run("join", [...line.split(" "), ...NAME], {
      ...there,
      stdin: "hi\n",
    });
    assertEquals({ code, stderr }, done);
  },
});

Deno.test({
  name: `chat serve keeps its certificate beside the data, and stays the same server${why}`,
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const fingerprints = new Set<string>();
    for (const isNew of [true, false]) {
      await using server = await serveOn(["--data", "chat.db"], folder.path);
      assertEquals(/^created chat\.db\.crt and its key/m.test(server.stdout), isNew);
      fingerprints.add(server.fingerprint);
      assertEquals(await send(server.address, ["--ca", `${folder.path}/chat.db.crt`]), done);
      server.kill("SIGTERM");
      await server.ended();
    }
    assertEquals(fingerprints.size, 1);
  },
});

Deno.test({
  name: `chat serve on all addresses prints one that other machines can reach${why}`,
  ignore,
  async fn() {
    await using server = await startServer(["--host", "0.0.0.0", "--quiet"], there);
    const [, address] = await server.waitFor(/^join with: .* join --server (\S+) --fingerprint/m);
    assert(!/^(0\.0\.0\.0|127\.)/.test(address!), address);
    assertEquals((await send(address!, [])).code, 4); // It is there, but not trusted.
  },
});

Deno.test("the certificate of a server on all addresses is valid on its own machine, too", async () => {
  await using folder = await temporaryFolder();
  const args = ["--host", "0.0.0.0", "--quiet", "--data", "chat.db"];
  await using server = await startServer(args, { ...there, cwd: folder.path });
  const port = /\d+$/.exec(server.address)![0];
  for (const host of ["127.0.0.1", "localhost"]) {
    const sent = await send(`${host}:${port}`, ["--ca", `${folder.path}/chat.db.crt`]);
    assertEquals(sent, done);
  }
});

Deno.test({
  name: `chat serve --insecure warns, and so does a client that joins it${why}`,
  ignore,
  async fn() {
    await using server = await serveOn(["--insecure"]);
    const warning =
      "warning: not encrypted: anyone on the network path can read and change messages (--insecure)\n";
    assertMatch(
      server.stderr,
      /^\S+ warn plaintext reason="anyone on the network path can read .*"\n$/,
    );
    assertEquals(await send(server.address, ["--insecure"]), { code: 0, stderr: warning });
    const { code, stderr } = await send(server.address, []);
    const reason = "it does not speak TLS (--insecure joins without encryption)";
    assertEquals({ code, stderr }, {
      code: 4,
      stderr: `error: Cannot join "${server.address}": ${reason}\n`,
    });
  },
});

Deno.test({
  name: `a client in plaintext warns if another server has replaced the previous one${why}`,
  ignore,
  async fn() {
    await using person = new Person();
    const { env } = person;
    const args = ["--insecure", "--port", `${freePort()}`];
    const warnings: string[][] = [];
    for (let started = 0; started < 2; started++) {
      await using server = await serveOn(args); // A server in memory has a new identity each time.
      const { code, stderr } = await send(server.address, ["--insecure"], env);
      assertEquals(code, 0);
      warnings.push(stderr.trimEnd().split("\n").slice(1));
      server.kill("SIGTERM");
      await server.ended();
    }
    assertEquals(warnings[0], []);
    assertMatch(
      warnings[1]![0]!,
      /^warning: the server at \S+ has changed its identity \(\S+known_servers:2; /,
    );
  },
});

Deno.test({
  name: `a client in plaintext reports that the server speaks TLS${why}`,
  ignore,
  async fn() {
    await using server = await serveOn([]);
    const { code, stderr } = await send(server.address, ["--insecure"]);
    assertEquals(code, 4);
    assertEquals(
      stderr.split("\n")[1],
      `error: Cannot join "${server.address}": it speaks TLS (omit --insecure)`,
    );
  },
});

Deno.test("a client on the machine of a server with TLS prints how to join", async () => {
  await using server = await startServer(["--quiet", "--tls"], there);
  for (
    const [flags, hint] of [[[], "--tls joins with it"], [
      ["--insecure"],
      "omit --insecure",
    ]] as const
  ) {
    const { code, stderr } = await send(server.address, [...flags]);
    assertEquals(code, 4);
    assertEquals(stderr, `error: Cannot join "${server.address}": it speaks TLS (${hint})\n`);
  }
});

Deno.test({
  name: `a client without a terminal refuses a server without a trusted certificate${why}`,
  ignore,
  async fn() {
    await using server = await serveOn([]);
    await using person = new Person();
    for (const command of ["join", "send", "tail"] as const) {
      const args = ["--server", server.address, ...(command === "tail" ? [] : NAME)];
      const { env } = person;
      const { code, stdout, stderr } = await run(command, args, { ...there, env, stdin: "hi" });
      assertEquals([code, stdout], [4, ""]);
      const how =
        `--fingerprint ${server.fingerprint} joins, if the server printed this fingerprint`;
      assertEquals(
        stderr,
        `error: Cannot trust "${server.address}": no authority that this machine trusts has signed its certificate (${how})\n`,
      );
    }
    const known = `${person.folder}/chat/known_servers`;
    assert(!(await Deno.stat(known).then(() => true, () => false)));
  },
});

Deno.test({
  name: `a client on a terminal asks once, and refuses a changed certificate${why}`,
  ignore: ignore || !(await hasTmux()),
  async fn() {
    await using folder = await temporaryFolder();
    const port = ["--port", `${freePort()}`];
    const env = { XDG_CONFIG_HOME: folder.path };
    const script = (address: string) =>
      `export XDG_CONFIG_HOME='${folder.path}'; ` +
      quote([...there.through ?? [], ...commandLine("join", ["--server", address, ...NAME])]) +
      '; echo "exit $?"';
    const size = { columns: 150, rows: 20 };
    let first = "";
    {
      await using server = await serveOn(port);
      first = server.fingerprint;
      await using refusing = await Terminal.start(script(server.address), size);
      await refusing.waitFor(new RegExp(`^SHA-256 of its certificate: ${first}$`, "m"));
      await refusing.type("maybe");
      await refusing.press("Enter");
      await refusing.waitFor(/^Type yes or no:$/m);
      await refusing.type("no");
      await refusing.press("Enter");
      await refusing.waitFor(/^exit 4$/m);
      const early = `printf 'ready\\n'; read -r _; ${script(server.address)}`;
      await using accepting = await Terminal.start(early, size);
      await accepting.waitFor(/ready/);
      // The second line is there before the question, and does not answer it.
      await accepting.send("\ryes\r");
      await accepting.waitFor(/Type yes to trust it/);
      await accepting.type("yes");
      await accepting.press("Enter");
      await accepting.waitFor(/^> ?/m);
      await accepting.type("hello");
      await accepting.press("Enter");
      await accepting.waitFor(/^\[~?ann\] hello$|ann.*hello$/m);
      await accepting.press("C-d");
      await accepting.waitFor(/^exit 0$/m);
      assertEquals(await send(server.address, [], env), done);
    }
    await using changed = await serveOn(port);
    assert(changed.fingerprint !== first);
    const { code, stderr } = await send(changed.address, [], env);
    const place = `${folder.path}/chat/known_servers:2`;
    assertEquals({ code, stderr }, {
      code: 4,
      stderr: `error: Cannot join "${changed.address}": its certificate has changed: it is ` +
        `${changed.fingerprint}, and was ${first} (${place}; if you know why, remove that line)\n`,
    });
  },
});

Deno.test({
  name: `--fingerprint joins exactly that server${why}`,
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    // Its issuer is unknown to the client: the fingerprint is the only evidence.
    const pair = new TestCa("unknown").issue(["elsewhere.example"]);
    const flags = await writePair(folder.path, pair, { cert: "--tls-cert", key: "--tls-key" });
    await using server = await serveOn(flags);
    const { fingerprint } = server;
    assertEquals(await send(server.address, ["--fingerprint", fingerprint]), done);
    const lax = fingerprint.toLowerCase().replaceAll(":", "");
    assertEquals(await send(server.address, ["--fingerprint", lax]), done);
    const other = fingerprint.replace(/^../, (pair) => pair === "00" ? "11" : "00");
    const { code, stderr } = await send(server.address, ["--fingerprint", other]);
    assertEquals({ code, stderr }, {
      code: 4,
      stderr:
        `error: Cannot join "${server.address}": its certificate is ${fingerprint}, not ${other}\n`,
    });
  },
});

Deno.test("chat join remembers a server whose certificate matched --fingerprint", async () => {
  await using person = new Person();
  const { env } = person;
  const file = `${person.folder}/chat/known_servers`;
  const port = `${freePort()}`;
  const join = (address: string, ...flags: string[]) =>
    run("join", ["--server", address, ...NAME, ...flags], { env, stdin: "hi\n" });
  const serve = async () => {
    const server = await startServer(["--port", port, "--tls", "--quiet"]);
    const [, fingerprint] = await server.waitFor(/^fingerprint: (\S+)$/m);
    return Object.assign(server, { fingerprint: fingerprint! });
  };
  let known: string;
  {
    await using server = await serve();
    const other = server.fingerprint.replace(/^../, (pair) => pair === "00" ? "11" : "00");
    assertEquals((await join(server.address, "--fingerprint", other)).code, 4); // And not stored.
    for (const flags of [["--fingerprint", server.fingerprint], ["--tls"]]) {
      const { code, stderr } = await join(server.address, ...flags);
      assertEquals({ code, stderr }, done);
    }
    known = await Deno.readTextFile(file);
    assertEquals(known.split("\n").slice(1), [
      `${server.address} SHA256:${server.fingerprint}`,
      "",
    ]);
  }
  await using changed = await serve();
  const { code, stderr } = await join(changed.address, "--fingerprint", changed.fingerprint);
  assertEquals({ code, stderr }, {
    code: 0,
    stderr: `warning: ${file}:2 has another certificate for "${changed.address}", and keeps it ` +
      "(if you know why it has changed, remove that line)\n",
  });
  assertEquals(await Deno.readTextFile(file), known);
});

Deno.test({
  name: `--ca joins servers of that authority, at their own address and in their validity${why}`,
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const authority = new TestCa("ours");
    const ca = `${folder.path}/ca.crt`;
    await Deno.writeTextFile(ca, authority.cert);
    const others = `${folder.path}/others.crt`;
    await Deno.writeTextFile(others, new TestCa("others").cert);
    const files = (hosts: string[]) =>
      writePair(folder.path, authority.issue(hosts), { cert: "--tls-cert", key: "--tls-key" });
    await using server = await serveOn(await files([HOST]));
    assertEquals(await send(server.address, ["--ca", ca]), done);
    await refused(
      server,
      others,
      "no authority that this machine trusts has signed its certificate",
    );
    await using misplaced = await serveOn(await files(["elsewhere.example"]));
    await refused(misplaced, ca, `its certificate is for DNS:elsewhere.example, not for ${HOST}`);
  },
});

async function refused(server: Server & { fingerprint: string }, ca: string, words: string) {
  const { code, stderr } = await send(server.address, ["--ca", ca]);
  const reason = `${words} (SHA-256 ${server.fingerprint})`;
  assertEquals({ code, stderr }, {
    code: 4,
    stderr: `error: Cannot join "${server.address}": ${reason}\n`,
  });
}

Deno.test({
  name: `chat serve --client-ca admits only clients of that authority${why}`,
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const authority = new TestCa("people");
    const ca = `${folder.path}/people.crt`;
    await Deno.writeTextFile(ca, authority.cert);
    const own = { cert: "--cert", key: "--key" };
    const ann = await writePair(folder.path, authority.issue(["ann"]), own);
    const stranger = await writePair(folder.path, new TestCa("others").issue(["eve"]), own);
    await using server = await serveOn(["--client-ca", ca]);
    assertMatch(server.stdout, / --cert FILE --key FILE$/m);
    const trust = ["--fingerprint", server.fingerprint];
    assertEquals(await send(server.address, [...trust, ...ann]), done);
    const without = await send(server.address, [...trust, "--timeout", "1"]);
    // The server's reason may get lost with the connection.
    assert(without.code === 3 || without.code === 4, `${without.code}`);
    assertMatch(without.stderr, /^error: Cannot (join|reach) .* requires? a certificate/);
    const foreign = await send(server.address, [...trust, ...stranger, "--timeout", "1"]);
    assertEquals(foreign, {
      code: 3,
      stderr: `error: Cannot reach "${server.address}": ` +
        "it closes the connection, and may not accept the certificate (--cert) (tried for 1 s)\n",
    });
    const said = ["--server", server.address, "--until-now", ...trust, ...ann];
    assertMatch((await run("tail", said, there)).stdout, /^\[[^\]]*\] hello\n$/); // Signed by the first only.
  },
});

Deno.test({
  name: `a client reconnects to the same server, but not to another in its place${why}`,
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const port = ["--port", `${freePort()}`];
    await using kept = await serveOn([...port, "--data", "chat.db"], folder.path);
    const trust = ["--server", kept.address, "--fingerprint", kept.fingerprint];
    await using joined = start("join", [...trust, ...NAME], there);
    await joined.write("one\n");
    await joined.waitFor(/one$/m);
    kept.kill("SIGKILL");
    await kept.ended();
    {
      await using again = await serveOn([...port, "--data", "chat.db"], folder.path);
      await joined.write("two\n");
      await joined.waitFor(/two$/m);
      again.kill("SIGKILL");
      await again.ended();
    }
    await using other = await serveOn(port);
    const { code } = await joined.ended();
    assertEquals(code, 4);
    const reason = `its certificate is ${other.fingerprint}, not ${kept.fingerprint}`;
    assertMatch(joined.stderr, new RegExp(`^error: Disconnected from ".*": ${reason}$`, "m"));
  },
});

const hasGrpcio = await hasModules("grpc", "grpc_tools");

Deno.test({
  name: `a Python client joins over TLS with the server's own certificate${why}`,
  ignore: ignore || !hasGrpcio,
  async fn() {
    await using folder = await temporaryFolder();
    await using server = await serveOn(["--data", "chat.db"], folder.path);
    const ca = `${folder.path}/chat.db.crt`;
    const script = fileURLToPath(new URL("../interop/peers/original_client.py", import.meta.url));
    await using python = new Process(PYTHON, [script, server.address, "theirs", ca], there);
    const args = ["--server", server.address, "--ca", ca, "--last", "9", ...NAME];
    await using ours = start("join", args, there);
    await python.write("from theirs\n");
    await ours.waitFor(/theirs\] from theirs$/m);
    await ours.write("from ours\n");
    await python.waitFor(/ann\] from ours$/m);
  },
});

Deno.test("chat serve reports a certificate that it cannot use, and exits 1", async () => {
  await using folder = await temporaryFolder();
  const expired = new TestCa("ours").issue(["localhost"], { from: -9, to: -1 });
  const flags = await writePair(folder.path, expired, { cert: "--tls-cert", key: "--tls-key" });
  const { code, stdout, stderr } = await run("serve", ["--data", ":memory:", ...flags]);
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /^error: Cannot use ".*\.crt": it has expired on \S+Z\n$/);
});

const WRONG: [command: "serve" | "send", args: string[], words: RegExp][] = [
  ["serve", ["--tls-cert", "a"], /--tls-cert and --tls-key go together/],
  ["serve", ["--insecure", "--tls"], /--insecure cannot be combined with/],
  ["serve", ["--insecure", "--client-ca", "a"], /--insecure cannot be combined with/],
  ["send", ["--cert", "a", "x"], /--cert and --key go together/],
  ["send", ["--insecure", "--ca", "a", "x"], /--insecure cannot be combined with/],
  ["send", ["--fingerprint", "AA:BB", "x"], /must be 64 hexadecimal digits/],
];

for (const [command, args, words] of WRONG) {
  Deno.test(`chat ${command} ${args.join(" ")} is a wrong command line`, async () => {
    const { code, stderr } = await run(command, args);
    assertEquals(code, 2);
    assertMatch(stderr, words);
    assert(!FINGERPRINT.test(stderr));
  });
}
