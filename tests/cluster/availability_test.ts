import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ChatError, Identity, serve as serveAlone, type ServerEvent } from "../../mod.ts";
import { UnknownOutcome } from "../../server/cluster/engine.ts";
import { serve } from "../../server.ts";
import { openClusterStore } from "../support/cluster/cluster_store.ts";
import { MemoryCluster, type MemoryEngine } from "../support/cluster/memory_engine.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { failure, Peer } from "../support/wire/grpc_peer.ts";

const LOOPBACK = "127.0.0.1:0";
const AWAY = { code: 14, details: "This server cannot store notes now: try another one" };

/** A server whose engine is in memory, and is missed at once when it is away. */
async function serveShared(cluster = new MemoryCluster()) {
  const events: ServerEvent[] = [];
  const waiting = new Set<() => void>();
  let engine: MemoryEngine;
  const server = await serve({
    ...{ address: LOOPBACK, metrics: LOOPBACK, rate: 0, cluster: { urls: ["nats://127.0.0.1"] } },
    onEvent: (event) => {
      events.push(event);
      for (const wake of waiting) wake();
    },
  }, { connect: () => Promise.resolve(engine = cluster.connect()), awayMs: 0 });
  /** Waits until the connection to the engine has been in a state `times` times. */
  const reached = async (state: "down" | "back", times = 1) => {
    const count = () =>
      events.filter((event) => event.type === "engine" && event.state === state).length;
    while (count() < times) await new Promise<void>((wake) => waiting.add(wake));
  };
  const get = async (path: string) => {
    const response = await fetch(`http://${server.metricsAddress}${path}`);
    return { status: response.status, text: await response.text() };
  };
  return Object.assign(server, { engine: engine!, events, reached, get });
}

Deno.test("a server without its engine is not serving, until the engine is back", async () => {
  await using server = await serveShared();
  assertEquals((await server.get("/healthz")).status, 200);
  server.engine.setConnected(false);
  await server.reached("down");
  assertEquals((await server.get("/healthz")).status, 503);
  server.engine.setConnected(true);
  assertEquals((await server.get("/healthz")).status, 200);
});

Deno.test("a server without its engine ends all sessions and streams, and refuses new ones", async () => {
  await using server = await serveShared();
  using peer = new Peer(server.address);
  await peer.send({ name: "ann", message: "hi" });
  const stream = peer.stream();
  await stream.next();
  await using bob = joinLibraryChat("bob", server.address);
  await bob.until(({ happened }) => happened.includes("connected"));
  const streamEnd = failure(stream.next());
  server.engine.setConnected(false);
  await bob.until(({ reasons }) => reasons.length > 0);
  assertEquals(await streamEnd, AWAY);
  assertEquals(await failure(peer.send({ name: "ann", message: "hi" })), AWAY);
  assertEquals(await failure(peer.stream().next()), AWAY);
  server.engine.setConnected(true);
  await bob.until(({ happened }) =>
    happened.lastIndexOf("connected") > happened.indexOf("disconnected")
  );
});

Deno.test("a server without its engine asks nobody for a proof", async () => {
  await using server = await serveShared();
  using peer = new Peer(server.address);
  server.engine.setConnected(false);
  await server.reached("down");
  const session = peer.session();
  const { publicKey: key } = await Identity.generate();
  session.send({ join: { name: "ann", client: crypto.randomUUID(), key } });
  const isAsked = session.until(({ challenges }) => challenges.length > 0).then(() => "asked");
  isAsked.catch(() => {}); // It is refused.
  assertEquals(
    await Promise.race([session.ended.then(({ details }) => details), isAsked]),
    AWAY.details,
  );
});

Deno.test("a server reports no errors of an engine that is away, besides that it is", async () => {
  await using server = await serveShared();
  const { presence } = server.engine.journals;
  const append = presence.append.bind(presence);
  await using ann = joinLibraryChat("ann", server.address);
  await ann.until(({ happened }) => happened.includes("connected"));
  const { promise: isTried, resolve } = Promise.withResolvers<void>();
  presence.append = (...args) => {
    resolve();
    if (server.engine.isConnected) return append(...args);
    return Promise.reject(new ChatError("unavailable", "There is no connection"));
  };
  server.engine.setConnected(false); // It ends Ann's session, whose leave cannot be stored.
  await ann.until(({ reasons }) => reasons.length > 0);
  server.engine.setConnected(true);
  await Promise.all([server.reached("back"), isTried]);
  assertEquals(server.events.filter(({ type }) => type === "error"), []);
});

Deno.test("a server reports no errors of visits that it cannot store without its engine", async () => {
  await using server = await serveShared();
  const identity = await Identity.generate();
  await using ann = joinLibraryChat("ann", server.address, { identity });
  await ann.say("hi"); // From here on the name is hers.
  const { promise: isTried, resolve } = Promise.withResolvers<void>();
  server.engine.journals.state.append = () => {
    resolve();
    return Promise.reject(new ChatError("unavailable", "There is no connection"));
  };
  server.engine.setConnected(false); // It ends Ann's session.
  await isTried;
  await server.get("/metrics"); // The error is reported in the same turn.
  assertEquals(server.events.filter(({ type }) => type === "error"), []);
});

Deno.test("a server stops without waiting for an engine to store last visits", async () => {
  await using server = await serveShared();
  const identity = await Identity.generate();
  await using ann = joinLibraryChat("ann", server.address, { identity });
  await ann.say("hi"); // From here on the name is hers.
  const visits: string[] = [];
  server.engine.journals.state.append = (key) => {
    visits.push(key);
    return Promise.reject(new UnknownOutcome("no answer"));
  };
  await server.stop();
  assertEquals(visits, []);
});

Deno.test("a server whose engine has lost notes stops, and says why", async () => {
  await using server = await serveShared();
  const error = server.engine.lose("notes");
  assertEquals(await server.stopped, error);
  assertEquals(server.events.flatMap((event) => event.type === "error" ? [event.error] : []), [
    error,
  ]);
  assertEquals(server.events.at(-1), { type: "stop" });
});

Deno.test("a server that is stopped says that nothing was wrong", async () => {
  await using server = await serveAlone({ address: LOOPBACK });
  await server.stop();
  assertEquals(await server.stopped, undefined);
});

const METRICS = [
  "chat_engine_connected",
  "chat_engine_behind",
  "chat_engine_conflicts_total",
  "chat_engine_repairs_total",
  "chat_servers",
];

Deno.test("a server that shares its chat has metrics of its engine, another one has none", async () => {
  await using server = await serveShared();
  const figures = { behind: 3, conflicts: 4, repairs: 5, clockOffsetMs: undefined };
  server.engine.figures = figures;
  const { text } = await server.get("/metrics");
  const values = METRICS.map((name) => new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1]);
  assertEquals(values, ["1", "3", "4", "5", "1"]);
  await using alone = await serveAlone({ address: LOOPBACK, metrics: LOOPBACK });
  const page = await (await fetch(`http://${alone.metricsAddress}/metrics`)).text();
  assertEquals(METRICS.filter((name) => page.includes(name)), []);
});

Deno.test("a server that cannot use its engine does not start", async () => {
  const cluster = { urls: ["nats://127.0.0.1"] };
  const connect = () => Promise.reject(new ChatError("unavailable", "Cannot reach the engine"));
  await assertRejects(
    () => serve({ address: LOOPBACK, cluster }, { connect }),
    ChatError,
    "Cannot reach the engine",
  );
});

Deno.test("a server that shares its chat does not make a certificate of its own", async () => {
  const options = { address: LOOPBACK, cluster: { urls: ["nats://127.0.0.1"] }, tls: true };
  await assertRejects(() => serve(options), RangeError, "tlsCert and tlsKey are missing");
});

Deno.test("a server whose clock is fast lifts no ban for all, and releases no name", async () => {
  const cluster = new MemoryCluster();
  const engine = cluster.connect();
  await using store = await openClusterStore(engine);
  const by = { by: "op", reason: "spam", time: 1 };
  const principal = "127.0.0.1";
  await store.saveSanction({ kind: "ban", principal, name: "eve", ...by, until: 2_000 });
  await store.saveOwnedName({ name: "ann", key: "k", time: 1, seen: 1, spoken: false });
  engine.journals.notes.now = 1_000; // Decades before the clock of this machine.
  {
    const options = { address: LOOPBACK, cluster: { urls: ["nats://127.0.0.1"] } };
    await using server = await serve(options, { connect: () => Promise.resolve(engine) });
    using peer = new Peer(server.address);
    const { details } = await failure(peer.send({ name: "bob", message: "hi" }));
    assertMatch(details, /^banned for 1 s: spam/);
  } // It sweeps names once everyone has left.
  await using again = await openClusterStore(cluster.connect());
  assertEquals((await again.ownedNames()).length, 1);
});
