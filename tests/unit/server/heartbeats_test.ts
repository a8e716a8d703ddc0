import { assert, assertEquals } from "@std/assert";
import { Heartbeats } from "../../../server/cluster/heartbeats.ts";
import { MemoryCluster } from "../../support/cluster/memory_engine.ts";
import { settle, startPresence, testSession } from "../../support/cluster/presences.ts";

/** Heartbeats of servers whose clock is set by hand. */
class Clock {
  readonly #cluster = new MemoryCluster();
  readonly #all: Heartbeats[] = [];
  readonly dead: string[] = [];
  readonly errors: unknown[] = [];
  time = 0;

  add(id: string) {
    const engine = this.#cluster.connect();
    const heartbeats = new Heartbeats({
      ...{ engine, id: () => id, now: () => this.time, isGone: (server) => server === "gone" },
      onError: (error) => void this.errors.push(error),
      onDead: (server) => {
        this.dead.push(`${id}: ${server}`);
        heartbeats.forget(server);
      },
    });
    this.#all.push(heartbeats);
    return { engine, heartbeats };
  }

  /** Lets servers beat for some time. */
  async beat(ms: number, ...servers: readonly { heartbeats: Heartbeats }[]): Promise<void> {
    for (const end = this.time + ms; this.time < end;) {
      this.time += 500;
      for (const { heartbeats } of servers) heartbeats.beat();
      await new Promise((resolve) => setTimeout(resolve));
      for (const { heartbeats } of servers) heartbeats.look();
    }
  }

  live(): string[] {
    return this.#all.map(({ live }) => [...live].sort().join());
  }
}

Deno.test("Heartbeats takes a server for dead after 2 s of silence, and once", async () => {
  const clock = new Clock();
  const [a, b, c] = [clock.add("a"), clock.add("b"), clock.add("c")];
  await clock.beat(1_000, a, b, c);
  assertEquals(clock.live(), ["a,b,c", "a,b,c", "a,b,c"]);
  await clock.beat(1_500, a, b);
  assertEquals([clock.live()[0], clock.dead], ["a,b,c", []]);
  await clock.beat(500, a, b);
  assertEquals([clock.live().slice(0, 2), clock.dead], [["a,b", "a,b"], ["a: c", "b: c"]]);
  await clock.beat(5_000, a, b);
  assertEquals(clock.dead.length, 2);
});

Deno.test("a server that was stopped or not connected takes nobody for dead", async () => {
  const clock = new Clock();
  const [a, b] = [clock.add("a"), clock.add("b")];
  await clock.beat(500, a, b);
  clock.time += 60_000;
  await clock.beat(2_000, a, b);
  a.engine.isConnected = false;
  await clock.beat(60_000, a);
  a.engine.isConnected = true;
  await clock.beat(2_500, a, b);
  assertEquals([clock.live()[0], clock.dead.filter((line) => line.startsWith("a"))], ["a,b", []]);
});

Deno.test("a server whose node hangs takes nobody for dead, and later listens first", async () => {
  const clock = new Clock();
  const [a, b] = [clock.add("a"), clock.add("b")];
  await clock.beat(1_000, a, b);
  const send = a.engine.send.bind(a.engine);
  a.engine.send = () => {}; // The connection is there, but nothing passes it.
  await clock.beat(60_000, a);
  a.engine.send = send;
  await clock.beat(1_500, a);
  assertEquals(clock.dead, []);
  await clock.beat(500, a, b);
  await clock.beat(1_500, a);
  assertEquals([clock.live()[0], clock.dead], ["a,b", []]);
});

Deno.test("a server whose nodes store nothing takes nobody for dead, and later listens first", async () => {
  const clock = new Clock();
  const [a, b] = [clock.add("a"), clock.add("b")];
  await clock.beat(1_000, a, b);
  a.engine.silentMs = 3_000;
  await clock.beat(60_000, a);
  a.engine.silentMs = 0;
  await clock.beat(1_500, a);
  assertEquals(clock.dead, []);
  await clock.beat(500, a);
  assertEquals(clock.dead, ["a: b"]);
});

Deno.test("a dead server is noticed in time, whenever it dies", async () => {
  for (let phase = 0; phase < 250; phase += 50) {
    const cluster = new MemoryCluster();
    let time = 0;
    let noticed: number | undefined;
    const now = () => time;
    const common = { id: () => "a", now, isGone: () => false, onError: () => {} };
    const onDead = () => noticed ??= time;
    using heartbeats = new Heartbeats({ engine: cluster.connect(), ...common, onDead });
    const dying = new Heartbeats({ ...common, engine: cluster.connect(), id: () => "b", onDead });
    for (; noticed === undefined; time += 50) {
      if (time === 1_000) dying.beat();
      if (time % 500 === 0) heartbeats.beat();
      await new Promise((resolve) => setTimeout(resolve));
      if (time % 250 === phase) heartbeats.look();
    }
    assert(noticed - 1_000 <= 2_250, `${noticed - 1_000} ms in phase ${phase}`);
  }
});

Deno.test("a dead server is reported again if that could not be stored", async () => {
  const cluster = new MemoryCluster();
  let time = 0;
  const now = () => time;
  await using one = await startPresence(cluster, { now });
  const dead = await startPresence(cluster, { now });
  await dead.join(testSession("ann"));
  await dead.engine[Symbol.asyncDispose]();
  await settle(one);
  const beat = async (ms: number) => {
    for (const end = time + ms; time < end; time += 500) {
      one.presence.heartbeats.beat();
      await settle(one);
      one.presence.heartbeats.look();
    }
    await settle(one);
  };
  cluster.fail("presence", "not stored, not answered");
  await beat(4_000);
  assertEquals(one.names(), ["ann"]);
  await beat(500);
  assertEquals(one.names(), []);
});

Deno.test("Heartbeats takes an expected server for dead that never beats, and no late one for live", async () => {
  const clock = new Clock();
  const a = clock.add("a");
  a.heartbeats.expect("b");
  a.heartbeats.expect("gone");
  a.heartbeats.expect("a");
  assertEquals(clock.live(), ["a,b"]);
  await clock.beat(3_000, a);
  assertEquals([clock.live(), clock.dead], [["a"], ["a: b"]]);
});

Deno.test("the people of a server that does not answer leave, and it joins again when it does", async () => {
  const cluster = new MemoryCluster();
  let time = 0;
  const now = () => time;
  await using one = await startPresence(cluster, { now });
  await using two = await startPresence(cluster, { now });
  await using three = await startPresence(cluster, { now });
  const ann = testSession("ann");
  const bob = testSession("bob");
  const entered = await one.join(ann);
  await one.join(bob);
  await three.join(testSession("cid"));
  await settle(one, two, three);
  const { id } = one.presence;
  one.engine.journals.presence.pause(); // As if it was stopped.
  const beat = async (...servers: readonly typeof one[]) => {
    for (let beats = 0; beats < 6; beats++, time += 500) {
      for (const { presence } of servers) presence.heartbeats.beat();
      await settle(...servers);
      for (const { presence } of servers) presence.heartbeats.look();
      await settle(...servers);
    }
  };
  using open = two.presence.open("lobby", () => {});
  const { version } = open.roster;
  await beat(two, three);
  assertEquals([two.names(), three.names()], [["cid"], ["cid"]]);
  const changes = open.roster.changesSince(version)!;
  assertEquals(changes.map(({ name, reason }) => `${name}: ${reason}`), [
    "ann: server unreachable",
    "bob: server unreachable",
  ]);
  await two.join(testSession("bob", { client: "another secret" }));
  one.engine.journals.presence.resume();
  await settle(one, two, three);
  const expected = ["cid", "bob", "ann"];
  assertEquals([one, two, three].map(({ names }) => names()), [expected, expected, expected]);
  assertEquals([ann.ended, bob.ended, one.presence.id === id], [[], ["taken"], false]);
  await beat(one, two, three);
  assertEquals([...two.presence.heartbeats.live].length, 3);
  entered.leave("left");
  await settle(one, two, three);
  assertEquals(three.names(), ["cid", "bob"]);
});

Deno.test("a new server ends the sessions of servers that died before it", async () => {
  const cluster = new MemoryCluster();
  let time = 0;
  const dead = await startPresence(cluster);
  await dead.join(testSession("ann"));
  await dead.engine[Symbol.asyncDispose]();
  await using late = await startPresence(cluster, { now: () => time });
  assertEquals(late.names(), ["ann"]);
  for (let beats = 0; beats < 6; beats++, time += 500) {
    late.presence.heartbeats.beat();
    await settle(late);
    late.presence.heartbeats.look();
  }
  await settle(late);
  assertEquals(late.names(), []);
});

Deno.test("Heartbeats reports a message that is none in one short line", async () => {
  const clock = new Clock();
  const a = clock.add("a");
  const evil = `\x1b[2J\n${"garbage ".repeat(1_000)}`;
  a.engine.send("heartbeat", new TextEncoder().encode(evil));
  await clock.beat(500, a);
  assertEquals(clock.live(), ["a"]);
  assertEquals(clock.errors.map((error) => (error as Error).message), [
    'A message of 8,005 bytes is no heartbeat: "\\x1b[2J\\ngarbage garbage garbage garbage gar"',
  ]);
});
