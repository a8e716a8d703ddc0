import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Person, type Process, run, startServer } from "../support/program.ts";
import { hasTool } from "../support/tools.ts";
import { Peer } from "../support/wire/grpc_peer.ts";
import { tcpAddress } from "../support/wire/tcp_address.ts";

const NO_COMPILER = Deno.build.os !== "linux" || !await hasTool("cc", "--version");
const SOURCE = fileURLToPath(new URL("failing_accept.c", import.meta.url));

/**
 * The possible errors of accept(), by their numbers on Linux. A server meets a group of them, one
 * after another, as it needs seconds to notice each.
 */
const FAULTS = [
  { EPERM: 1, EINTR: 4, ENOMEM: 12, ENFILE: 23 },
  { EMFILE: 24, EPROTO: 71, ECONNABORTED: 103, ENOBUFS: 105 },
];

const OUTAGE = / error outage address=\S+ reason="[^"]+"\n/g;
const RECOVERY = / warn recovery address=\S+ seconds=[\d.]+\n/g;

/** Builds the library that makes accept() fail. */
async function compile(folder: string): Promise<string> {
  const library = `${folder}/accept.so`;
  const args = ["-shared", "-fPIC", "-o", library, SOURCE, "-ldl"];
  const { success, stderr } = await new Deno.Command("cc", { args }).output();
  assertEquals(success, true, new TextDecoder().decode(stderr));
  return library;
}

/** Waits for the next line that matches. */
async function next(server: Process, pattern: RegExp, count: number): Promise<void> {
  await server.waitFor(new RegExp(`(?:${pattern.source}[^]*?){${count}}`), "stderr");
}

/** Makes a server's accept() fail several times, and connects a client after each failure. */
async function fail(
  args: readonly string[],
  { folder, library, faults }: { folder: string; library: string; faults: readonly number[] },
): Promise<void> {
  const fault = `${folder}/${crypto.randomUUID()}`;
  const env = { LD_PRELOAD: library, ACCEPT_FAULT: fault };
  await using server = await startServer([...args, "--quiet"], { env });
  await using ann = new Person();
  let outages = 0;
  for (const number of faults) {
    await Deno.writeTextFile(`${fault}.new`, `${number}`);
    await Deno.rename(`${fault}.new`, fault); // The next accept() fails, for any client.
    await next(server, RECOVERY, ++outages);
    if (server.address.startsWith("unix:")) {
      const words = ["--server", server.address, "--name", "ann", "hi"];
      assertEquals((await run("send", words, ann)).code, 0);
    } else await dial(server.address);
  }
  assertEquals(server.stderr.match(OUTAGE)?.length, outages);
  assertEquals(server.stderr.match(RECOVERY)?.length, outages);
  server.kill("SIGTERM");
  assertEquals((await server.ended()).code, 0);
}

Deno.test({
  name: `chat serve keeps accepting after any error of accept(), and reports it once${
    NO_COMPILER ? " (ignored: there is no C compiler for Linux here)" : ""
  }`,
  ignore: NO_COMPILER,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      const library = await compile(folder);
      await Promise.all(FAULTS.flatMap((group, i) => {
        const options = { folder, library, faults: Object.values(group) };
        return [
          fail([], options),
          fail(["--tls"], options),
          fail(["--host", `unix:${folder}/${i}.sock`], options),
        ];
      }));
      await Deno.remove(`${folder}/accept.so`);
      assertEquals([...Deno.readDirSync(folder)], [], "something is left");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** Connects, and waits until the server closes the connection because it sends nothing valid. */
async function dial(address: string): Promise<void> {
  using connection = await Deno.connect(tcpAddress(address));
  await connection.write(new TextEncoder().encode("x".repeat(100)));
  const buffer = new Uint8Array(1_024);
  while (await connection.read(buffer).catch(() => null) !== null);
}

Deno.test({
  name: "chat serve keeps accepting after it ran out of file descriptors",
  ignore: Deno.build.os !== "linux" || !await hasTool("prlimit", "--version"),
  fn: async () => {
    await using server = await startServer(["--quiet", "--metrics", "0"]);
    const [, page] = await server.waitFor(/^metrics on (\S+)\/metrics$/m);
    using first = new Peer(server.address);
    const ann = await first.join({ name: "ann" });
    const limit = async (files: string) => {
      const args = ["--pid", `${server.pid}`, `--nofile=${files}`];
      assertEquals((await new Deno.Command("prlimit", { args }).output()).success, true);
    };
    await limit("10:4096"); // Fewer than it has.
    await next(server, OUTAGE, 2); // One for the chat, one for the page of metrics.
    ann.post(["1", "still here"]);
    await ann.until(({ acks }) => acks.has("1"));
    await limit("4096:4096");
    await next(server, RECOVERY, 2);
    using second = new Peer(server.address);
    await second.join({ name: "bob" });
    const response = await fetch(`${page}/../healthz`);
    assertEquals([response.status, await response.text()], [200, "ok\n"]);
    assertMatch(server.stderr, / reason="the process has as many open files as it may have"\n/);
    assertEquals(server.stderr.match(OUTAGE)?.length, 2);
  },
});

Deno.test({
  name: "chat serve finds its socket again after its folder was a file for a while",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.mkdir(`${folder}/a`);
      const path = `${folder}/a/s.sock`;
      await using server = await startServer(["--quiet", "--host", `unix:${path}`]);
      await Deno.rename(`${folder}/a`, `${folder}/b`);
      await Deno.writeTextFile(`${folder}/a`, "");
      await next(server, OUTAGE, 1);
      await Deno.remove(`${folder}/a`);
      await Deno.rename(`${folder}/b`, `${folder}/a`);
      await next(server, RECOVERY, 1);
      server.kill("SIGTERM");
      assertEquals((await server.ended()).code, 0);
      assertEquals([...Deno.readDirSync(`${folder}/a`)], [], "something is left");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** A command with a limit of 256 open files. */
const FEW_FILES = ["sh", "-c", 'ulimit -n 256 && exec "$@"', "sh"];

Deno.test({
  name: "affordableConnections() reserves 64 of a process's files, and counts open files",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const [shell, ...args] = FEW_FILES;
    const program = `import { affordableConnections } from "${
      import.meta.resolve("../../server/net/open_files.ts")
    }";
      console.log(JSON.stringify([[2000, 0], [2000, 100], [50, 0]].map((each) => affordableConnections(...each))));`;
    const { stdout } = await new Deno.Command(shell!, {
      args: [...args, Deno.execPath(), "eval", "-q", "--no-config", program],
    }).output();
    const [most, beside, few] = JSON.parse(new TextDecoder().decode(stdout));
    assert(most > 50 && most < 256 - 64, most);
    assertEquals(beside, most + 100);
    assertEquals(few, 50);
  },
});

Deno.test("chat serve prints how many connections its open file limit allows", async () => {
  await using server = await startServer(["--quiet"], { through: FEW_FILES });
  const [, most] = await server.waitFor(
    / warn shortage reason="open files are limited: at most (\d+) connections, not the 2000 of its bound"\n/,
    "stderr",
  );
  assert(Number(most) > 50 && Number(most) < 256 - 64, most);
});
