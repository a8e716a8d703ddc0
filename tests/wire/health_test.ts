import { fileURLToPath } from "node:url";
import { Client, credentials, status } from "@grpc/grpc-js";
import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { serve } from "../../mod.ts";
import { health, SERVING_STATUS } from "../../proto/health.ts";
import { Availability } from "../../server/access/availability.ts";
import { Health } from "../../server/calls/health.ts";
import { Process, startServer } from "../support/program.ts";
import { hasModules, hasTool, PYTHON } from "../support/tools.ts";
import { failure } from "../support/wire/grpc_peer.ts";

const LOOPBACK = "127.0.0.1:0";
const PEERS = fileURLToPath(new URL("../interop/peers/", import.meta.url));
const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = SERVING_STATUS;

/** A load balancer: plain grpc-js, without this project's code. */
class Balancer implements Disposable {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
  }

  check(service: string): Promise<number> {
    return this.checkBytes(health.Check.requestSerialize({ service }));
  }

  checkBytes(bytes: Buffer): Promise<number> {
    const { path, responseDeserialize } = health.Check;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#client.makeUnaryRequest(
      path,
      (bytes: Buffer) => bytes,
      responseDeserialize,
      bytes,
      (error, response) => error ? reject(error) : resolve(response!.status),
    );
    return promise;
  }

  async *watch(service: string): AsyncGenerator<number, void> {
    const { path, requestSerialize, responseDeserialize } = health.Watch;
    const request = { service };
    const call = this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
    );
    try {
      for await (const { status } of call) yield status;
    } finally {
      call.cancel();
    }
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

Deno.test("Health.drain() notifies all watchers, and answers all later checks", async () => {
  const health = new Health(new Availability());
  const gone = new AbortController();
  const known = health.watch("grpc.ChatServer", gone.signal);
  const unknown = health.watch("nobody", gone.signal);
  assertEquals((await known.next()).value, SERVING);
  assertEquals((await unknown.next()).value, SERVICE_UNKNOWN);
  const change = known.next();
  const none = unknown.next().then(() => "a change", (error) => error);
  const draining = health.drain();
  assertEquals((await change).value, NOT_SERVING);
  assertEquals(health.check(""), NOT_SERVING);
  assertEquals(health.list().statuses["grpc.ChatServer"], { status: NOT_SERVING });
  assertEquals((await health.watch("", gone.signal).next()).value, NOT_SERVING);
  await draining;
  const reason = new Error("gone");
  gone.abort(reason);
  assertEquals(await none, reason);
});

Deno.test("Health reports NOT_SERVING while no connections are accepted", async () => {
  const { SERVING, NOT_SERVING } = SERVING_STATUS;
  const health = new Health(new Availability());
  const statuses = health.watch("", new AbortController().signal);
  const seen = [(await statuses.next()).value];
  for (const accepts of [false, true]) {
    health.accepts = accepts;
    assertEquals(health.isServing, accepts);
    seen.push((await statuses.next()).value);
  }
  assertEquals(seen, [SERVING, NOT_SERVING, SERVING]);
  await health.drain();
  health.accepts = true;
  assertEquals(health.check(""), NOT_SERVING);
});

Deno.test("Check knows the server and its service, even on a members-only server", async () => {
  await using server = await serve({ address: LOOPBACK, password: "secret", members: "" });
  using balancer = new Balancer(server.address);
  assertEquals(await balancer.check(""), SERVING);
  assertEquals(await balancer.check("grpc.ChatServer"), SERVING);
  const unknown = await failure(balancer.check("n".repeat(1 << 20)));
  assertEquals(
    [unknown.code, unknown.details],
    [status.NOT_FOUND, 'No such service: there is "" and "grpc.ChatServer"'],
  );
  const malformed = await failure(balancer.checkBytes(Buffer.from([0x0a, 9, 0x61])));
  assertEquals(malformed.code, status.INVALID_ARGUMENT);
});

Deno.test("Watch counts as a session of its connection", async () => {
  await using server = await serve({ address: LOOPBACK, maxSessions: 1 });
  using balancer = new Balancer(server.address);
  const first = balancer.watch("");
  assertEquals((await first.next()).value, SERVING);
  const refused = await failure(balancer.watch("").next());
  assertEquals(refused.code, status.RESOURCE_EXHAUSTED);
  await first.return();
});

Deno.test("a connection has one Watch at a time", async () => {
  await using server = await serve({ address: LOOPBACK });
  using balancer = new Balancer(server.address);
  const first = balancer.watch("");
  assertEquals((await first.next()).value, SERVING);
  const refused = await failure(balancer.watch("grpc.ChatServer").next());
  assertEquals(
    [refused.code, refused.details],
    [status.RESOURCE_EXHAUSTED, "This connection already has a health watch"],
  );
  using other = new Balancer(server.address);
  assertEquals((await other.watch("").next()).value, SERVING);
  await first.return();
  while (true) { // Until the server has seen that the first one is over.
    const next = await balancer.watch("").next().catch((error) => error);
    if (next.code !== status.RESOURCE_EXHAUSTED) return assertEquals(next.value, SERVING);
  }
});

Deno.test("chat serve sends NOT_SERVING to watchers before it stops", async () => {
  await using server = await startServer();
  using balancer = new Balancer(server.address);
  const watched = balancer.watch("");
  assertEquals((await watched.next()).value, SERVING);
  server.kill("SIGTERM");
  assertEquals((await watched.next()).value, NOT_SERVING);
  assertEquals((await failure(watched.next())).code, status.UNAVAILABLE);
  assertEquals((await server.ended()).code, 0);
});

const noProbe = !(await hasTool("grpc-health-probe"));

Deno.test({
  name: `grpc-health-probe finds the server healthy${
    noProbe ? " (ignored: there is no grpc-health-probe here)" : ""
  }`,
  ignore: noProbe,
  async fn() {
    await using server = await startServer();
    for (const [service, code] of [["", 0], ["grpc.ChatServer", 0], ["nobody", 3]] as const) {
      const args = ["-addr", server.address, "-service", service];
      await using probe = new Process("grpc-health-probe", args);
      assertEquals((await probe.ended()).code, code, probe.stderr);
    }
  },
});

const noPython = !(await hasModules("grpc_health"));

Deno.test({
  name: `grpcio's health client sees that the server serves, and that it stops${
    noPython ? " (ignored: pip install grpcio-health-checking, or set CHAT_TEST_PYTHON)" : ""
  }`,
  ignore: noPython,
  async fn() {
    await using server = await startServer();
    const args = [`${PEERS}health_client.py`, server.address, "grpc.ChatServer"];
    await using client = new Process(PYTHON, args);
    await client.waitFor(/^watch: SERVING$/m);
    server.kill("SIGTERM");
    await client.ended();
    assertEquals(client.stdout.split("\n"), [
      "check: SERVING",
      'list: "" SERVING',
      'list: "grpc.ChatServer" SERVING',
      "watch: SERVING",
      "watch: NOT_SERVING",
      "watch ended: UNAVAILABLE",
      "",
    ]);
  },
});
