import { assert, assertEquals, assertMatch } from "@std/assert";
import { serveArgs, start, startServer, taskCommandLine } from "../support/program.ts";
import { hasTmux, quote, Terminal } from "../support/terminal.ts";
import { Peer } from "../support/wire/grpc_peer.ts";

const missing = !(await hasTmux());
const why = missing ? " (ignored: there is no tmux here)" : "";

/** A test that needs a terminal, and has a folder. */
function test(name: string, fn: (folder: string) => Promise<void>): void {
  const run = async () => {
    const folder = await Deno.makeTempDir();
    try {
      await fn(folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  };
  Deno.test({ name: `${name}${why}`, ignore: missing, fn: run });
}

/** Runs a task in `folder` in a terminal, where Ctrl-C reaches every process of it. */
function runTask(folder: string, task: string, args: readonly string[]): Promise<Terminal> {
  const command = quote(["env", `INIT_CWD=${folder}`, ...taskCommandLine(task, args)]);
  const script = `trap : INT; ${command}; code=$?; trap "" INT; echo "exit $code"`;
  return Terminal.start(script, { columns: 120, rows: 30 });
}

/** Serves from `folder` through a task in a terminal. */
async function serveFrom(
  folder: string,
  args: readonly string[],
): Promise<{ terminal: Terminal; address: string }> {
  const terminal = await runTask(folder, "serve", serveArgs(args));
  const [, address = ""] = await terminal.waitFor(/^listening on (\S+)$/m);
  return { terminal, address };
}

test("chat serve through a task ends its streams and closes its data at Ctrl-C", async (folder) => {
  const args = ["--data", "chat.db", "--log-level", "info", "--grace", "600"];
  const { terminal: started, address } = await serveFrom(folder, args);
  await using terminal = started;
  using peer = new Peer(address);
  const stream = peer.stream();
  await peer.send({ name: "ann", message: "hi" });
  await stream.next();
  const ending = stream.next().then(() => undefined, (error) => error);
  await terminal.press("C-c");
  assertMatch(String(await ending), /14 UNAVAILABLE: The server is stopping/);
  await terminal.waitFor(/ info stop\n(?:.*\n)*exit 0$/);
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name);
  assert(files.includes("chat.db"), files.join());
  assert(!files.some((name) => /-(wal|shm)$/.test(name)), files.join());
});

test("chat serve through a task ends at once at a later Ctrl-C", async (folder) => {
  const { terminal: started, address } = await serveFrom(folder, ["--quiet", "--grace", "600"]);
  await using terminal = started;
  using author = new Peer(address);
  await author.send({ name: "ann", message: "hi" });
  await using reader = start("tail", ["--server", address]);
  await reader.waitFor(/hi/);
  reader.kill("SIGSTOP"); // The server waits for this reader until --grace is over.
  for (let i = 0; i < 600; i++) await author.send({ name: "ann", message: "x".repeat(16_000) });
  let end: RegExpMatchArray | null = null;
  while (!end) {
    await terminal.press("C-c");
    end = (await terminal.screen()).match(/exit (\d+)/); // Among the "^C" of the terminal.
  }
  assertEquals(end[1], "1");
});

test("chat send through a task says at Ctrl-C what the server has accepted", async (folder) => {
  await using server = await startServer();
  const args = ["--server", server.address, "--name", "bob", "--lines"];
  await using terminal = await runTask(folder, "send", args);
  await terminal.type("one");
  await terminal.press("Enter");
  await server.waitFor(/\] one/);
  await terminal.press("C-c");
  await terminal.waitFor(/error: Stopped: the server has accepted 1 line\nexit 1$/);
});

test("chat tail through a task exits 0 at Ctrl-C", async (folder) => {
  await using server = await startServer(["--quiet"]);
  using peer = new Peer(server.address);
  await peer.send({ name: "ann", message: "one" });
  await using terminal = await runTask(folder, "tail", ["--server", server.address]);
  await terminal.waitFor(/one$/m);
  await terminal.press("C-c");
  await terminal.waitFor(/exit 0$/);
});
