import { Server, ServerCredentials } from "@grpc/grpc-js";
import { assertEquals } from "@std/assert";
import { health, SERVING_STATUS } from "../../proto/health.ts";
import { freePort, run, start, startServer } from "../support/program.ts";
import { FakeServer } from "../support/wire/fake_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** The output of `chat health` for a server. */
async function check(server: string, ...args: string[]) {
  const { code, stdout, stderr } = await run("health", ["--server", server, ...args]);
  return [code, stdout, stderr];
}

Deno.test("chat health finds a server serving, without joining, even a members-only one", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/members`, `SHA256:${"A".repeat(43)}\n`);
  await Deno.writeTextFile(`${folder.path}/password`, "a long secret\n", { mode: 0o600 });
  const gate = [
    "--members",
    `${folder.path}/members`,
    "--password-file",
    `${folder.path}/password`,
  ];
  await using server = await startServer([...gate, "--log-level", "debug"]);
  assertEquals(await check(server.address), [0, "serving\n", ""]);
  server.kill("SIGTERM");
  await server.ended();
  const events = server.stderr.matchAll(/^\S+ \w+ (\w+)/gm).map(([, event]) => event);
  assertEquals([...events], ["start", "stop"]);
});

Deno.test("chat health trusts a self-signed certificate only when given it", async () => {
  await using folder = await temporaryFolder();
  await using server = await startServer(["--tls", "--data", `${folder.path}/chat.db`]);
  const [port] = /\d+$/.exec(server.address)!;
  const trusting = ["--tls", "--ca", `${folder.path}/chat.db.crt`];
  assertEquals(await check(`localhost:${port}`, ...trusting), [0, "serving\n", ""]);
  const words = `Cannot check "${server.address}": it speaks TLS (--tls joins with it)`;
  assertEquals(await check(server.address), [4, "", `error: ${words}\n`]);
});

/** A server that answers health checks, but does not serve. */
async function notServing(): Promise<Disposable & { address: string }> {
  const server = new Server();
  server.addService(health, {
    Check: (_call: unknown, answer: (error: null, response: unknown) => void) =>
      answer(null, { status: SERVING_STATUS.NOT_SERVING }),
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync(
    "127.0.0.1:0",
    ServerCredentials.createInsecure(),
    (error, port) => error ? reject(error) : resolve(port),
  );
  const address = `127.0.0.1:${await promise}`;
  return { address, [Symbol.dispose]: () => server.forceShutdown() };
}

Deno.test("chat health reports a server that does not serve, and exits 1", async () => {
  using server = await notServing();
  const reason = "it is stopping, cannot store notes, or accepts no connections: see its log";
  const error = `error: "${server.address}" answers, but ${reason}\n`;
  assertEquals(await check(server.address), [1, "not serving\n", error]);
  // Nor does any other.
  assertEquals(await check(`${server.address},127.0.0.1:${freePort()}`), [
    1,
    "not serving\n",
    error,
  ]);
});

Deno.test("chat health asks several servers until one serves, and reports which", async () => {
  using stopping = await notServing();
  await using server = await startServer(["--quiet"]);
  const list = `unix:/no/such.sock,${stopping.address},${server.address},127.0.0.1:${freePort()}`;
  assertEquals(await check(list), [0, "serving\n", `answered by "${server.address}"\n`]);
});

Deno.test("chat health exits 3 if there is no answer, and says why", async () => {
  const nobody = `127.0.0.1:${freePort()}`;
  using original = await FakeServer.original([]);
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const cases: [address: string, seconds: string, words: string][] = [
    [nobody, "60", "nothing listens there"],
    [original.address, "60", "it does not support health checks"],
    [`127.0.0.1:${silent.addr.port}`, "0.5", "no answer within 0.5 s"],
  ];
  for (const [address, seconds, words] of cases) {
    const error = `error: Cannot check "${address}": ${words}\n`;
    assertEquals(await check(address, "--timeout", seconds), [3, "", error]);
  }
});

Deno.test("chat health stops at a signal, and exits 1", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${silent.addr.port}`;
  await using process = start("health", ["--server", address, "--timeout", "600"]);
  using _connection = await silent.accept();
  process.kill("SIGTERM");
  assertEquals([(await process.ended()).code, process.stderr], [1, ""]);
});
