import { assert, assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import { Attempts } from "../../../server/cluster/attempts.ts";
import { EngineFull } from "../../../server/cluster/engine.ts";
import { Presence } from "../../../server/cluster/presence/presence.ts";
import { decodeEvent, encodeEvent } from "../../../server/cluster/presence/presence_event.ts";
import { MemoryCluster } from "../../support/cluster/memory_engine.ts";
import {
  settle,
  startPresence,
  type TestPresence,
  testSession,
} from "../../support/cluster/presences.ts";

Deno.test("Presence.join() shows the session in the rosters of all servers", async () => {
  const cluster = new MemoryCluster();
  await using one = await startPresence(cluster);
  await using two = await startPresence(cluster);
  await one.join(testSession("ann"));
  const bob = await two.join(testSession("bob", { key: "SHA256:b" }));
  await two.join(testSession("bob", { key: "SHA256:b", client: "another secret" }));
  await settle(one, two);
  assertEquals([one.names(), two.names()], [["ann", "bob (2)"], ["ann", "bob (2)"]]);
  using open = one.presence.open("lobby", () => {});
  const { version } = open.roster;
  assertEquals(bob.leave("connection lost"), true);
  await settle(one, two);
  const change = { name: "bob", verified: true, sessions: 1, joined: false };
  assertEquals(open.roster.changesSince(version), [{ ...change, reason: "connection lost" }]);
  assertEquals(open.roster.findIdentity("ann"), "guest ann");
});

Deno.test("Presence.join() waits until the join has come back", async () => {
  const cluster = new MemoryCluster();
  await using one = await startPresence(cluster);
  await using two = await startPresence(cluster);
  one.engine.journals.presence.pause();
  let hasEntered = false;
  const joining = one.join(testSession("ann")).then(() => hasEntered = true);
  await settle(two);
  assertEquals([hasEntered, two.names()], [false, ["ann"]]);
  one.engine.journals.presence.resume();
  await joining;
  assertEquals(one.names(), ["ann"]);
});

Deno.test("Presence.join() refuses the same sessions on all servers", async () => {
  const cluster = new MemoryCluster();
  await using one = await startPresence(cluster, { maxMembers: 2 });
  await using two = await startPresence(cluster, { maxMembers: 2 });
  const results = await Promise.allSettled(
    [one, two].map((server, index) =>
      server.join(testSession("ann", { client: `secret ${index}` }))
    ),
  );
  assertEquals(results.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  await one.join(testSession("bob"));
  const error = await assertRejects(() => two.join(testSession("cid")), ChatError);
  assertEquals(error.message, "The room is full: it has 2 members");
  await settle(one, two);
  assertEquals([one.names(), two.names()], [["ann", "bob"], ["ann", "bob"]]);
});

Deno.test("a refused join is taken back, as a server with other rules may accept it", async () => {
  const cluster = new MemoryCluster();
  await using one = await startPresence(cluster);
  await one.join(testSession("ann"));
  await assertRejects(() => one.join(testSession("Ann", { client: "another" })), ChatError);
  await settle(one);
  const entries = await one.engine.journals.presence.read(1, 9);
  const events = entries.map(({ data }) => decodeEvent(data));
  assertEquals(events.map((event) => event?.type), ["join", "join", "leave"]);
  const leave = { type: "leave", server: one.presence.id, session: 2, reason: "left" } as const;
  assertEquals(events[2], leave);
});

Deno.test("a client that comes back on another server replaces its own session", async () => {
  const cluster = new MemoryCluster();
  await using one = await startPresence(cluster);
  await using two = await startPresence(cluster);
  const ghost = testSession("ann");
  const entered = await one.join(ghost);
  const again = await two.join(testSession("ann", { attempt: 1 }));
  const renamed = await one.join(testSession("anna", { client: ghost.client, attempt: 2 }));
  await settle(one, two);
  assertEquals([again.replaced?.name, renamed.replaced?.name], ["ann", "ann"]);
  assertEquals([ghost.ended, entered.leave("left"), again.leave("left")], [
    ["replaced"],
    false,
    false,
  ]);
  await assertRejects(() => two.join(ghost), ChatError, `"anna" has joined again`);
  assertEquals([one.names(), two.names()], [["anna"], ["anna"]]);
});

Deno.test("a join that is replaced before its server has heard of it is refused", async () => {
  const cluster = new MemoryCluster();
  await using one = await startPresence(cluster, { snapshotEvery: 2 });
  await using two = await startPresence(cluster, { snapshotEvery: 2 });
  one.engine.journals.presence.pause();
  const joining = one.join(testSession("ann"));
  await two.join(testSession("bob")); // The snapshot after this entry is all that `one` gets.
  await settle(two);
  await two.join(testSession("ann", { attempt: 1 }));
  one.engine.journals.presence.resumeLate();
  const error = await assertRejects(() => joining, ChatError, `"ann" has joined again`);
  assertEquals(error.code, "replaced");
  await settle(one, two);
  assertEquals([one.names().sort(), two.names().sort()], [["ann", "bob"], ["ann", "bob"]]);
});

Deno.test("the journal of presence has no client's secret", async () => {
  const cluster = new MemoryCluster();
  await using one = await startPresence(cluster);
  await one.join(testSession("ann", { client: "0123456789abcdef" }));
  const entries = await one.engine.journals.presence.read(1, 9);
  const text = entries.map(({ data }) => new TextDecoder().decode(data)).join();
  assert(text.includes("ann") && !text.includes("0123456789abcdef"), text);
});

Deno.test("a join that is given up leaves nobody, even if it is stored late", async () => {
  const cluster = new MemoryCluster();
  await using one = await startPresence(cluster);
  await using two = await startPresence(cluster);
  one.engine.journals.presence.pause();
  const leaving = new AbortController();
  const joining = one.presence.join("lobby", testSession("ann"), leaving.signal);
  await settle(two);
  leaving.abort(new Error("hung up"));
  await assertRejects(() => joining, Error, "hung up");
  one.engine.journals.presence.resume();
  await settle(one, two);
  assertEquals([one.names(), two.names()], [[], []]);
});

Deno.test("a join whose answer is lost enters once, and a refused one is not stored for good", async () => {
  const cluster = new MemoryCluster();
  await using one = await startPresence(cluster);
  await using two = await startPresence(cluster);
  cluster.fail("presence", "stored, not answered", "not stored, not answered");
  const ann = await one.join(testSession("ann"));
  cluster.fail("presence", "stored, not answered");
  await assertRejects(() => two.join(testSession("ann", { client: "another secret" })), ChatError);
  ann.leave("left");
  await settle(one, two);
  assertEquals([one.names(), two.names()], [[], []]);
});

Deno.test("an event that cannot be stored is reported once, however often it is tried", async () => {
  const cluster = new MemoryCluster();
  await using one = await startPresence(cluster);
  const { presence } = one.engine.journals;
  const append = presence.append.bind(presence);
  let failures = 3;
  presence.append = (...args) =>
    failures-- > 0 ? Promise.reject(new ChatError("unavailable", "full")) : append(...args);
  await one.join(testSession("ann"));
  assertEquals(one.errors.map((error) => (error as Error).message), ["full"]);
});

Deno.test("a join is refused at once if the engine is full, and those who are there stay", async () => {
  const cluster = new MemoryCluster();
  await using one = await startPresence(cluster);
  const ann = testSession("ann");
  await one.join(ann);
  const { presence } = one.engine.journals;
  const append = presence.append.bind(presence);
  let attempts = 0;
  presence.append = () => Promise.reject(new EngineFull(`attempt ${++attempts}`));
  const gone = encodeEvent({ type: "gone", server: one.presence.id });
  await cluster.connect().journals.presence.append("event", gone);
  await settle(one); // Joins again, which is tried until there is space.
  const error = await assertRejects(() => one.join(testSession("bob")), EngineFull, "is full");
  assertEquals([error.code, ann.ended], ["unavailable", []]);
  presence.append = append;
  while (one.names().length === 0) await settle(one);
  assertEquals([one.names(), ann.ended], [["ann"], []]);
  assertEquals(one.errors.length, 1);
});

/** Counts the appends to the journal of a server, which `refuse` may refuse. */
function countAppends({ engine }: TestPresence, refuse: (key: string) => boolean = () => false) {
  const { presence } = engine.journals;
  const append = presence.append.bind(presence);
  const keys: string[] = [];
  presence.append = (key, ...args) => {
    keys.push(key);
    return refuse(key)
      ? Promise.reject(new ChatError("unavailable", `no ${key}`))
      : append(key, ...args);
  };
  return keys;
}

Deno.test("all sessions of a server that is away leave by one event, once it is back", async () => {
  const cluster = new MemoryCluster();
  await using one = await startPresence(cluster);
  await using two = await startPresence(cluster);
  const sessions = [];
  for (const name of ["ann", "bob", "cid"]) sessions.push(await one.join(testSession(name)));
  await settle(one, two);
  const appended = countAppends(one);
  one.engine.setConnected(false);
  for (const { leave } of sessions) leave("left");
  await settle(one, two);
  assertEquals([appended, two.names().length], [[], 3]);
  one.engine.setConnected(true);
  await settle(one, two);
  assertEquals([appended, one.names(), two.names()], [["event"], [], []]);
  assertEquals(one.errors, []);
  await one.join(testSession("ann"));
  assertEquals(one.names(), ["ann"]);
});

Deno.test("a session leaves by itself if others of a server that is away stay", async () => {
  const cluster = new MemoryCluster();
  await using one = await startPresence(cluster);
  await using two = await startPresence(cluster);
  const ann = await one.join(testSession("ann"));
  await one.join(testSession("bob"));
  one.engine.setConnected(false);
  ann.leave("left");
  one.engine.setConnected(true);
  await settle(one, two);
  assertEquals([one.names(), two.names()], [["bob"], ["bob"]]);
});

Deno.test("a snapshot that is refused is reported, and tried again as many entries later", async () => {
  const cluster = new MemoryCluster();
  await using one = await startPresence(cluster, { snapshotEvery: 4 });
  const appended = countAppends(one, (key) => key === "snapshot");
  for (let joins = 0; joins < 9; joins++) await one.join(testSession("ann", { attempt: joins }));
  await settle(one);
  assertEquals(one.errors.map((error) => (error as Error).message), ["no snapshot", "no snapshot"]);
  assertEquals(appended.filter((key) => key === "snapshot").length, 2);
});

Deno.test("the roster stays while missed entries are read again", async () => {
  const cluster = new MemoryCluster();
  await using one = await startPresence(cluster);
  await using two = await startPresence(cluster);
  await one.join(testSession("ann"));
  await settle(one, two);
  two.engine.journals.presence.pause();
  await one.join(testSession("bob"));
  await settle(one);
  two.engine.journals.presence.resumeWithGap();
  const seen = new Set<string>();
  using open = two.presence.open("lobby", () => queueMicrotask(() => seen.add(names())));
  const names = () => open.roster.people().map(({ name }) => name).join();
  cluster.makeReadsStale("presence", 9);
  await one.join(testSession("cid"));
  await settle(one, two);
  assertEquals([names(), [...seen].filter((each) => !each.startsWith("ann"))], ["ann,bob,cid", []]);
});

Deno.test("a server that cannot read who is there does not start", async () => {
  const engine = new MemoryCluster().connect();
  engine.journals.presence.isReachable = false;
  const options = { engine, maxMembers: 9, hashKey: new Uint8Array(1), now: () => 0 };
  const opening = Presence.open({ ...options, onError: () => {} }, new Attempts({ startMs: 0 }));
  await assertRejects(() => opening, ChatError, "The engine does not answer");
});

Deno.test("a server that is heard again is not reported as gone", async () => {
  const cluster = new MemoryCluster();
  let time = 0;
  await using one = await startPresence(cluster, { now: () => time });
  await using two = await startPresence(cluster);
  await two.join(testSession("bob"));
  await settle(one, two);
  const { id } = two.presence;
  const look = async () => {
    one.presence.heartbeats.beat();
    await settle(one, two);
    one.presence.heartbeats.look();
    await settle(one, two);
  };
  for (let looks = 0; looks < 4; looks++, time += 500) await look();
  cluster.fail("presence", "not stored, not answered");
  await look();
  time += 500;
  two.presence.heartbeats.beat();
  await look();
  time += 1_500;
  await look();
  assertEquals([one.names(), two.names()], [["bob"], ["bob"]]);
  assertEquals(two.presence.id, id);
});

Deno.test("a server stops in time, even if its leaves are not answered", async () => {
  const cluster = new MemoryCluster();
  const one = await startPresence(cluster, { closeMs: 1 });
  const ann = await one.join(testSession("ann"));
  one.engine.journals.presence.append = () => new Promise(() => {});
  ann.leave("left");
  await one[Symbol.asyncDispose]();
  assertEquals(one.errors, []);
});

Deno.test("the presence of a server that stops leaves with its reasons stored", async () => {
  const cluster = new MemoryCluster();
  const one = await startPresence(cluster);
  await using two = await startPresence(cluster);
  const ann = await one.join(testSession("ann"));
  await one.join(testSession("bob")); // Which it would not end before it stops.
  using open = two.presence.open("lobby", () => {});
  const { version } = open.roster;
  ann.leave("left");
  await one[Symbol.asyncDispose]();
  const changes = open.roster.changesSince(version)?.map(({ name, reason }) =>
    `${name}: ${reason}`
  );
  assertEquals(changes, ["ann: left", "bob: server unreachable"]);
});

Deno.test("Presence tells which names are used elsewhere, by guests and by their owners", async () => {
  const cluster = new MemoryCluster();
  await using one = await startPresence(cluster);
  await using two = await startPresence(cluster);
  const key = "SHA256:a";
  await one.join(testSession("bob"));
  const unlisted = await one.join(testSession("ann", { key, unlisted: true }));
  await settle(one, two);
  const answers = ({ presence }: typeof one) => [
    ...["bob", "b0b", "B\u043eb", "ann"].map((name) => presence.findGuest(name)),
    presence.isUsedBy(key, "Ann"),
    presence.isUsedBy("SHA256:b", "ann"),
  ];
  assertEquals(answers(two), ["bob", "bob", "bob", undefined, true, false]);
  assertEquals(answers(one), [undefined, undefined, undefined, undefined, false, false]);
  assertEquals(two.names(), ["bob"]);
  unlisted.leave("left");
  await settle(one, two);
  assertEquals(two.presence.isUsedBy(key, "ann"), false);
});

Deno.test("Presence tells which rooms have people on any server", async () => {
  const cluster = new MemoryCluster();
  await using one = await startPresence(cluster);
  await using two = await startPresence(cluster);
  const ann = await one.join(testSession("ann"), "Tea");
  await settle(one, two);
  const log: string[] = [];
  using _listening = two.presence.listen({
    onOccupied: (key, name) => void log.push(`${key}: ${name}`),
    onEmptied: (key) => void log.push(`${key} is empty`),
  });
  assertEquals([...two.presence.occupied()], [["tea", { name: "Tea", people: 1 }]]);
  const bob = await two.join(testSession("bob"), "TEA");
  ann.leave("left");
  bob.leave("left");
  await settle(one, two);
  assertEquals([log, two.presence.occupied().size], [["tea: Tea", "tea is empty"], 0]);
});
