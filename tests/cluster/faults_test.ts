import { assertEquals } from "@std/assert";
import { ChatError } from "../../room/errors.ts";
import {
  Conflict,
  type Engine,
  type Journal,
  UnknownOutcome,
} from "../../server/cluster/engine.ts";
import { connectNats } from "../../server/cluster/nats/engine.ts";
import { appendAll, collect, encode, textsOf } from "../support/nats/entries.ts";
import { hasNats, Nats } from "../support/nats/nats.ts";
import { Proxy } from "../support/wire/proxy.ts";

const ignore = !(await hasNats());
const ROOM = "room";

/** Appends texts once each, through any faults: an attempt without an answer is repeated. */
async function appendThrough(journal: Journal, texts: readonly string[]): Promise<number> {
  let last = await retry(() => journal.newest(ROOM));
  for (const text of texts) {
    while (true) {
      const expected = { last, scope: "key" } as const;
      try {
        last = await journal.append(ROOM, encode(text), { expected });
        break;
      } catch (error) {
        if (!(error instanceof Conflict)) {
          throwUnlessTemporary(error);
          await pause(); // Without it, nothing else could happen.
          continue;
        }
        last = await retry(() => journal.newest(ROOM));
        await journal.reach(last); // Until then it may be read from a node that does not have it.
        const newest = await retry(() => journal.read(last, 1, ROOM));
        if (textsOf(newest)[0] === text) break; // An earlier attempt was stored.
      }
    }
  }
  return last;
}

async function retry<T>(call: () => Promise<T>): Promise<T> {
  while (true) {
    try {
      return await call();
    } catch (error) {
      throwUnlessTemporary(error);
    }
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

function throwUnlessTemporary(error: unknown): void {
  if (error instanceof UnknownOutcome) return;
  if (!(error instanceof ChatError) || error.code !== "unavailable") throw error;
}

/** Waits until an engine is connected, or is not. */
async function untilConnected(engine: Engine, isConnected: boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  using _changes = engine.onConnection((now) => {
    if (now === isConnected) resolve();
  });
  if (engine.isConnected !== isConnected) await promise;
}

/** Waits until the silence of an engine is as long, or as short, as expected. */
async function untilSilent(engine: Engine, isExpected: (ms: number) => boolean): Promise<void> {
  while (!isExpected(engine.silentMs)) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Cuts the connections through a proxy, and refuses new ones until `answerBy()`. */
function refuse(proxy: Proxy): void {
  proxy.answerBy((connection) => Promise.resolve(connection.close()));
  proxy.cut();
}

/** Returns texts that no other call returns. */
function texts(prefix: string): string[] {
  return Array.from({ length: 10 }, (_, i) => `${prefix} ${i}`);
}

/** Checks that nothing is lost or repeated while `fault` happens and after `mend`. */
async function checkThrough(
  nats: Nats,
  fault: () => Promise<void>,
  mend: () => Promise<void>,
): Promise<void> {
  await using a = await connectNats({ urls: nats.urls, startMs: 60_000 });
  await using b = await connectNats({ urls: nats.urls, startMs: 60_000 });
  const [seenByA, seenByB] = [collect(a.journals.notes), collect(b.journals.notes)];
  await appendThrough(a.journals.notes, texts("before"));
  await fault();
  const during = appendThrough(b.journals.notes, texts("during"));
  if (nats.nodes.length === 1) await mend(); // One node cannot go on without itself.
  await during;
  if (nats.nodes.length > 1) await mend();
  const last = await appendThrough(a.journals.notes, texts("after"));
  await Promise.all([a, b].map(({ journals }) => journals.notes.reach(last)));
  const all = [...texts("before"), ...texts("during"), ...texts("after")];
  assertEquals([textsOf(seenByA), textsOf(seenByB)], [all, all]);
  assertEquals(textsOf(await b.journals.notes.read(1, 100)), all);
}

Deno.test({
  name: "nothing is lost or repeated when the only node is killed, and started again",
  ignore,
  fn: async () => {
    await using nats = await Nats.start();
    await checkThrough(nats, () => nats.killAll(), () => nats.startAll());
  },
});

Deno.test({
  name: "nothing is lost or repeated when the leader of three nodes is killed",
  ignore,
  fn: async () => {
    await using nats = await Nats.start({ nodes: 3 });
    const kill = async () => {
      const leader = await nats.leader("chat");
      await nats.nodes[leader]!.kill();
    };
    await checkThrough(nats, kill, () => nats.startAll());
  },
});

Deno.test({
  name: "nothing is lost or repeated when the leader of three nodes is suspended",
  ignore,
  fn: async () => {
    await using nats = await Nats.start({ nodes: 3 });
    let leader = 0;
    const suspend = async () => {
      leader = await nats.leader("chat");
      nats.nodes[leader]!.pause();
    };
    await checkThrough(nats, suspend, () => {
      nats.nodes[leader]!.resume();
      return Promise.resolve();
    });
  },
});

Deno.test({
  name: "nothing is lost or repeated when three nodes are killed at the same time",
  ignore,
  fn: async () => {
    await using nats = await Nats.start({ nodes: 3 });
    const restart = async () => {
      await nats.killAll();
      await nats.startAll();
    };
    await checkThrough(nats, restart, () => Promise.resolve());
  },
});

Deno.test({
  name: "what was appended while a server was cut off reaches it afterwards, once",
  ignore,
  fn: async () => {
    await using nats = await Nats.start();
    await using proxy = new Proxy(nats.nodes[0]!.address);
    await using a = await connectNats({ urls: nats.urls });
    await using b = await connectNats({ urls: [`nats://${proxy.address}`] });
    const [notes, state] = [collect(b.journals.notes), collect(b.journals.state)];
    await b.journals.notes.reach(await appendAll(a.journals.notes, ROOM, ["1"]));
    refuse(proxy);
    await untilConnected(b, false);
    const missed = await appendAll(a.journals.notes, ROOM, ["2", "3"]);
    // Only the newest entry of a key is left, and a journal is empty again.
    await appendAll(a.journals.state, "one", ["4", "5"]);
    const { presence } = a.journals;
    await presence.purge("two", 1 + await appendAll(presence, "two", ["6"]));
    proxy.answerBy();
    await untilConnected(b, true);
    await b.journals.notes.reach(missed);
    await b.journals.state.reach(2);
    await b.journals.presence.reach(1);
    await b.journals.notes.reach(await appendAll(a.journals.notes, ROOM, ["7"]));
    assertEquals(textsOf(notes), ["1", "2", "3", "7"]);
    assertEquals(textsOf(state), ["5"]);
    assertEquals([a.figures.repairs, b.figures.repairs], [0, 3]);
    assertEquals([a.figures.behind, b.figures.behind], [0, 0]);
  },
});

Deno.test({
  name: "a server that is cut off fails at once, as do its requests in flight, and may try again",
  ignore,
  fn: async () => {
    await using nats = await Nats.start();
    await using engine = await connectNats({ urls: nats.urls });
    const { notes } = engine.journals;
    nats.nodes[0]!.pause();
    const inFlight = Promise.allSettled([notes.append(ROOM, encode("x")), notes.read(1, 1)]);
    await Promise.all([nats.killAll(), untilConnected(engine, false)]);
    const late = await Promise.allSettled([notes.append(ROOM, encode("y"))]);
    const results = [...await inFlight, ...late];
    const reasons = results.map((result) => result.status === "rejected" && result.reason);
    assertEquals(reasons.map((reason) => reason.code ?? reason.name), [
      "UnknownOutcome",
      "unavailable",
      "UnknownOutcome",
    ]);
    engine.send("beat", encode("lost"));
  },
});

/** Connects to one of the nodes; the others can be reached from then on. */
async function connectTo(
  nats: Nats,
  node: number,
  stack: AsyncDisposableStack,
): Promise<Engine> {
  const proxies = nats.nodes.map(({ address }) => stack.use(new Proxy(address)));
  for (const [i, proxy] of proxies.entries()) if (i !== node) refuse(proxy);
  const urls = proxies.map(({ address }) => `nats://${address}`);
  const engine = stack.use(await connectNats({ urls, startMs: 60_000, silenceMs: 2_000 }));
  for (const proxy of proxies) proxy.answerBy();
  return engine;
}

for (const isLeader of [true, false]) {
  const name = isLeader ? "the leader" : "a follower";
  Deno.test({
    name: `a server moves to another node when ${name} that it uses is cut off from the others`,
    ignore,
    fn: async () => {
      await using nats = await Nats.start({ nodes: 3 });
      await using stack = new AsyncDisposableStack();
      await using other = await connectNats({ urls: nats.urls, startMs: 60_000 });
      await appendThrough(other.journals.notes, texts("before"));
      const leader = await nats.leader("chat");
      const node = isLeader ? leader : (leader + 1) % 3;
      const engine = await connectTo(nats, node, stack);
      const seen = collect(engine.journals.notes);
      nats.isolate(node);
      const last = await appendThrough(engine.journals.notes, texts("during"));
      await engine.journals.notes.reach(last); // The node is still cut off.
      assertEquals(textsOf(seen), texts("during"));
    },
  });
}

Deno.test({
  name: "an engine stays silent while its nodes have no majority, whichever it asks",
  ignore,
  timeout: 120_000, // The nodes elect a leader twice.
  fn: async () => {
    await using nats = await Nats.start({ nodes: 3 });
    await using engine = await connectNats({ urls: nats.urls, startMs: 60_000 });
    const leader = await nats.leader("chat");
    const others = nats.nodes.filter((_, node) => node !== leader);
    await Promise.all(others.map((node) => node.kill()));
    // The one that led answers as if it still did, and after 20 s again, without storing anything.
    await untilSilent(engine, (ms) => ms > 25_000);
    await Promise.all(others.map((node) => node.start()));
    await untilSilent(engine, (ms) => ms < 1_000);
  },
});

Deno.test({
  name: "an engine is silent while its nodes have no majority, although it is connected",
  ignore,
  fn: async () => {
    await using nats = await Nats.start({ nodes: 3 });
    const others = nats.nodes.slice(1);
    await using engine = await connectNats({ urls: nats.urls.slice(0, 1), startMs: 60_000 });
    await Promise.all(others.map((node) => node.kill()));
    await untilSilent(engine, (ms) => ms > 5_000);
    assertEquals(engine.isConnected, true);
    await Promise.all(others.map((node) => node.start()));
    await untilSilent(engine, (ms) => ms < 1_000);
  },
});
