import { fileURLToPath } from "node:url";
import { assertEquals } from "@std/assert";
import { commandLine, Process, run, start, startServer } from "../support/program.ts";
import { hasTmux, quote, Terminal } from "../support/terminal.ts";
import { hasModules, PYTHON } from "../support/tools.ts";
import { tcpAddress } from "../support/wire/tcp_address.ts";

const PEERS = fileURLToPath(new URL("peers/", import.meta.url));

const LINES = ["안녕하세요, 여러분", "👩‍💻 says 🏳️‍🌈", 'plain, with "quotes" and a \\ in it'];

const missing = !(await hasModules("grpc", "grpc_tools"));
const why = missing ? " (ignored: pip install grpcio grpcio-tools, or set CHAT_TEST_PYTHON)" : "";

async function startPythonServer(): Promise<Process & { address: string }> {
  const server = new Process(PYTHON, [`${PEERS}original_server.py`]);
  const [, address] = await server.waitFor(/^listening on (\S+)$/m);
  return Object.assign(server, { address: address! });
}

function startPythonClient(address: string, name: string): Process {
  return new Process(PYTHON, [`${PEERS}original_client.py`, address, name]);
}

const SERVERS = { ours: () => startServer(["--quiet"]), Python: startPythonServer };
const CLIENTS = {
  ours: (address: string, name: string) =>
    start("join", ["--server", address, "--name", name, "--last", "1000"]),
  Python: startPythonClient,
};

for (const [serverKind, serve] of Object.entries(SERVERS)) {
  for (const [clientKind, join] of Object.entries(CLIENTS)) {
    Deno.test({
      name: `client: ${clientKind}, server: ${serverKind}: both directions, each note once${why}`,
      ignore: missing,
      async fn() {
        await using server = await serve();
        await using ann = join(server.address, "앤");
        await using bob = join(server.address, "bob");
        let transcript = "";
        for (const line of LINES) {
          for (const [author, name] of [[ann, "앤"], [bob, "bob"]] as const) {
            await author.write(`${line}\n`);
            transcript += `[${name}] ${line}\n`;
            for (const reader of [ann, bob]) await reader.waitFor(exactly(transcript));
          }
        }
        await using late = join(server.address, "late");
        await late.waitFor(exactly(transcript));
        for (const client of [ann, bob]) await client.end();
        for (const client of [ann, bob]) assertEquals((await client.ended()).code, 0);
      },
    });
  }
}

Deno.test({
  name: `our client and a Python client meet on a Python server${why}`,
  ignore: missing,
  async fn() {
    await using server = await startPythonServer();
    await using ours = start("join", ["--server", server.address, "--name", "ours"]);
    await using theirs = startPythonClient(server.address, "theirs");
    await ours.write("from ours\n");
    await theirs.waitFor(exactly("[ours] from ours\n"));
    await theirs.write("from theirs\n");
    await ours.waitFor(exactly("[ours] from ours\n[theirs] from theirs\n"));
    assertEquals(server.stdout.split("\n").slice(1, 3), [
      "[ours] from ours",
      "[theirs] from theirs",
    ]);
  },
});

Deno.test({
  name: `a Python client learns why its note is refused, and that the server stops${why}`,
  ignore: missing,
  async fn() {
    await using server = await startServer(["--quiet", "--max-note-bytes", "10"]);
    await using client = startPythonClient(server.address, "theirs");
    await client.write("much too long\n");
    await client.waitFor(
      /^not sent: RESOURCE_EXHAUSTED: Note has 13 bytes: at most 10 are allowed$/m,
    );
    await using nameless = startPythonClient(server.address, "");
    await nameless.write("hi\n");
    await nameless.waitFor(/^not sent: INVALID_ARGUMENT: Name "" is empty$/m);
    server.kill("SIGTERM");
    await client.waitFor(/^stream ended: UNAVAILABLE$/m);
  },
});

Deno.test({
  name: `our client reconnects to a restarted Python server${why}`,
  ignore: missing,
  async fn() {
    const first = await startPythonServer();
    await using ours = start("join", ["--server", first.address, "--name", "ours"]);
    await ours.write("one\n");
    await ours.waitFor(exactly("[ours] one\n"));
    await first[Symbol.asyncDispose]();
    await ours.waitFor(/not connected/, "stderr");
    const { port } = tcpAddress(first.address);
    await using _second = new Process(PYTHON, [`${PEERS}original_server.py`, `${port}`]);
    const sent = run("join", ["--server", first.address, "--name", "new"], { stdin: "two\n" });
    await ours.waitFor(exactly("[ours] one\n[new] two\n"));
    assertEquals((await sent).code, 0);
  },
});

/** Matches output that is exactly this text. */
function exactly(text: string): RegExp {
  return new RegExp(`^${RegExp.escape(text)}$`);
}

const screenless = missing || !(await hasTmux());

Deno.test({
  name:
    `chat join on a terminal works with a Python server, and reports missing features once${why}`,
  ignore: screenless,
  async fn() {
    await using server = await startPythonServer();
    await using theirs = startPythonClient(server.address, "theirs");
    await theirs.write("from theirs\n");
    await theirs.waitFor(exactly("[theirs] from theirs\n"));
    const join = commandLine("join", ["--server", server.address, "--name", "bob"]);
    await using terminal = await Terminal.start(quote(join), { columns: 100, rows: 20 });
    await terminal.waitFor(/^\[theirs\] from theirs$/m);
    await terminal.type("from ours");
    await terminal.press("Enter");
    await terminal.waitFor(/^\[bob\] from ours$/m);
    await theirs.waitFor(exactly("[theirs] from theirs\n[bob] from ours\n"));
    await terminal.type("/me waves");
    await terminal.press("Enter");
    await terminal.waitFor(/^-- not sent: This server speaks the original contract: .* --$/m);
    await terminal.press("C-c");
    await terminal.type("/nick robert");
    await terminal.press("Enter");
    await terminal.waitFor(/^-- you are now robert --$/m);
    await terminal.type("still here");
    await terminal.press("Enter");
    await terminal.waitFor(/^\[robert\] still here$/m);
    const rows = (await terminal.screen()).split("\n");
    assertEquals(rows.filter((row) => /this server knows one room/.test(row)).length, 1);
    assertEquals(rows.filter((row) => row.startsWith("[")), [
      "[theirs] from theirs",
      "[bob] from ours",
      "[robert] still here",
    ]);
    await terminal.press("C-d");
  },
});
