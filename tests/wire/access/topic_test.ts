import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Identity } from "../../../client/profile/identity.ts";
import { ChatError, serve, type ServeOptions, type ServerEvent, type Topic } from "../../../mod.ts";
import { toWireAction } from "../../../proto/enums.ts";
import type { ClientFrameInit } from "../../../proto/mod.ts";
import { temporaryFolder } from "../../support/temporary_folder.ts";
import { joinLibraryChat, type LibraryChat } from "../../support/library_chat.ts";
import { MemoryCluster } from "../../support/cluster/memory_engine.ts";
import { serveOn } from "../../support/cluster/serve.ts";
import { FakeServer, welcome } from "../../support/wire/fake_server.ts";
import { Peer, type RawSession } from "../../support/wire/grpc_peer.ts";
import { JsonSession } from "../../support/wire/json_session.ts";
import { Proxy } from "../../support/wire/proxy.ts";
import { RawIdentity } from "../../support/wire/raw_identity.ts";

type OrderInit = NonNullable<ClientFrameInit["orders"]>[number];

const ann = await Identity.generate();
const bob = await Identity.generate();
const cat = await Identity.generate();

/** A server with ann as its operator, and its events about topics. */
async function open(options: ServeOptions = {}) {
  const events: ServerEvent[] = [];
  const onEvent = (event: ServerEvent) => {
    if (["topic", "lock", "unlock"].includes(event.type)) events.push(event);
  };
  const operators = `${ann.fingerprint} # ann`;
  const server = await serve({ address: "127.0.0.1:0", rate: 0, operators, onEvent, ...options });
  return Object.assign(server, { events });
}

/** Joins, and waits until that is done. */
async function enter(...args: Parameters<typeof joinLibraryChat>): Promise<LibraryChat> {
  const joined = joinLibraryChat(...args);
  await Promise.race([joined.until(({ topics }) => topics.length > 0), joined.ended]);
  return joined;
}

/** Asserts that a topic is refused, and returns the code and the message. */
async function refused(setting: Promise<unknown>): Promise<readonly [string, string]> {
  const { code, message } = await assertRejects(() => setting, ChatError);
  return [code, message];
}

/** The number of the action on the wire. */
const TOPIC = toWireAction("topic");

/** Sends an order by hand, and returns the code and the words of its outcome. */
async function order(session: RawSession, order: OrderInit): Promise<[number, string]> {
  const { outcomes } = session.seen;
  const before = outcomes.length;
  session.send({ orders: [order] });
  await session.until(() => outcomes.length > before);
  const { code, words } = outcomes[before]!;
  return [code, words];
}

/** Returns the newest topic that a chat knows, without its time. */
function topicOf(chat: LibraryChat): Omit<Topic, "time"> | undefined {
  const topic = chat.topics.at(-1);
  if (!topic) return undefined;
  const { time: _time, ...rest } = topic;
  return rest;
}

const UNSET = { text: "", by: "", locked: false, lockedBy: "" };

Deno.test("a topic reaches everybody in the room, and whoever joins later", async () => {
  await using server = await open();
  await using setter = await enter("bob", server.address, { identity: bob });
  await using guest = await enter("eve", server.address);
  await using reader = await enter("", server.address);
  await using elsewhere = await enter("cat", server.address, { room: "dev", identity: cat });
  const before = Date.now();
  for (const chat of [setter, guest, reader, elsewhere]) assertEquals(topicOf(chat), UNSET);
  await setter.setTopic("Release on Friday");
  const set = { ...UNSET, text: "Release on Friday", by: "bob" };
  for (const chat of [setter, guest, reader]) {
    await chat.until(({ topics }) => topics.length === 2);
    assertEquals(topicOf(chat), set);
  }
  const { time = 0 } = guest.topics.at(-1)!;
  assert(time >= before && time <= Date.now());
  await using late = await enter("dan", server.address);
  assertEquals(topicOf(late), set);
  await setter.setTopic("");
  await late.until(({ topics }) => topics.length === 2);
  assertEquals(topicOf(late), { ...UNSET, by: "bob" });
  assertEquals(elsewhere.topics.length, 1);
  const subject = { name: "bob", room: "lobby", key: bob.fingerprint, address: "127.0.0.1" };
  assertEquals(server.events, [
    { type: "topic", ...subject, change: "set" },
    { type: "topic", ...subject, change: "removed" },
  ]);
});

Deno.test("a topic needs a key and a member, who is not muted", async () => {
  await using server = await open();
  await using operator = await enter("ann", server.address, { identity: ann });
  await using guest = await enter("eve", server.address);
  await using reader = await enter("", server.address, { identity: cat });
  await using sender = await enter("cat", server.address, { identity: cat, unlisted: true });
  await using muted = await enter("bob", server.address, { identity: bob });
  await operator.order({ action: "mute", name: "bob", reason: "spam" });
  const notListed = ["forbidden", "Only people in the room may set its topic"] as const;
  assertEquals(
    [
      await refused(guest.setTopic("mine")),
      await refused(reader.setTopic("mine")),
      await refused(sender.setTopic("mine")),
      await refused(muted.setTopic("mine")),
    ],
    [
      ["forbidden", "Only people with a key may set the topic"],
      notListed,
      notListed,
      ["forbidden", "muted: spam"],
    ],
  );
  assertEquals(topicOf(operator), UNSET);
});

Deno.test("a topic is one line of up to 300 characters", async () => {
  await using server = await open();
  await using setter = await enter("bob", server.address, { identity: bob });
  using peer = new Peer(server.address);
  const session = await (await RawIdentity.create()).join(peer, { name: "cat" });
  const longest = "😀".repeat(300);
  await setter.setTopic(longest);
  await setter.until(({ topics }) => topics.length === 2);
  const rules: [text: string, message: string][] = [
    [`${longest}.`, "The topic has 301 characters: at most 300 are allowed"],
    ["one\ntwo", "The topic has more than one line"],
    ["one\u2028two", "The topic has more than one line"],
    [" \t", "The topic is blank"],
  ];
  for (const [text, message] of rules) {
    assertEquals(await refused(setter.setTopic(text)), ["invalid", message]);
    // The server does not trust its clients to check that.
    assertEquals(await order(session, { action: TOPIC, text }), [3, message]);
  }
  assertEquals(topicOf(setter)?.text, longest);
  await setter.setTopic("");
  const none = ["missing", "There is no topic to remove"] as const;
  assertEquals(await refused(setter.setTopic("")), none);
});

Deno.test("a locked topic is set by operators only, until it is unlocked", async () => {
  await using server = await open();
  await using operator = await enter("ann", server.address, { identity: ann });
  await using setter = await enter("bob", server.address, { identity: bob });
  await setter.setTopic("free");
  const { words } = await operator.order({ action: "lock", name: "" });
  assertEquals(words, 'locked the topic of room "lobby"');
  await setter.until(({ topics }) => topics.at(-1)!.lockedBy !== "");
  const locked = { text: "free", by: "bob", locked: true, lockedBy: "ann" };
  assertEquals(topicOf(setter), locked);
  const why = ["forbidden", "The topic is locked: only operators may set it"] as const;
  assertEquals([await refused(setter.setTopic("mine")), await refused(setter.setTopic(""))], [
    why,
    why,
  ]);
  const again = refused(operator.order({ action: "lock", name: "" }));
  assertEquals(await again, ["invalid", "The topic is locked already"]);
  await operator.setTopic("ours");
  await setter.until(({ topics }) => topics.at(-1)!.text === "ours");
  assertEquals(topicOf(setter), { ...locked, text: "ours", by: "ann" });
  const notAllowed = await refused(setter.order({ action: "unlock", name: "" }));
  assertEquals(
    notAllowed,
    ["forbidden", `Only operators may do that: key ${bob.fingerprint} is not on their list`],
  );
  await operator.order({ action: "unlock", name: "" });
  await setter.setTopic("free again");
  await operator.until(({ topics }) => topics.at(-1)!.text === "free again");
  assertEquals(topicOf(operator), { ...locked, text: "free again", locked: false });
  const unlock = refused(operator.order({ action: "unlock", name: "" }));
  assertEquals(await unlock, ["invalid", "The topic is not locked"]);
  const by = { by: "ann", key: ann.fingerprint, name: "", whom: "", room: "lobby", reason: "" };
  assertEquals(
    server.events.filter(({ type }) => type !== "topic"),
    [{ type: "lock", ...by }, { type: "unlock", ...by }],
  );
});

Deno.test("of two orders in one frame, the first is answered first, even if it is stored", async () => {
  await using server = await open();
  using peer = new Peer(server.address);
  const session = await (await RawIdentity.create()).join(peer, { name: "dan" });
  const [topic, list] = [TOPIC, toWireAction("list")];
  session.send({ orders: [{ action: topic, text: "ours" }, { action: list }] });
  await session.until(({ outcomes }) => outcomes.length === 2);
  assertEquals(session.seen.outcomes.map(({ code }) => code), [0, 7]);
});

Deno.test("topics are rate-limited, except for operators", async () => {
  await using server = await open({ rate: 10 });
  await using setter = await enter("bob", server.address, { identity: bob });
  for (let i = 0; i < 10; i++) await setter.setTopic(`topic ${i}`);
  const [code, message] = await refused(setter.setTopic("one more"));
  assertEquals(code, "limited");
  assertMatch(
    message,
    /^Too many changes of topics: wait [\d.]+ s \(at most 6 a minute, 10 at once\)$/,
  );
  await using operator = await enter("ann", server.address, { identity: ann });
  assertEquals(topicOf(operator)?.text, "topic 9");
  for (let i = 0; i < 20; i++) await operator.setTopic(`rule ${i}`);
});

Deno.test("a topic outlasts a restart, keeps its room, and is gone with it", async () => {
  await using folder = await temporaryFolder();
  const data = `${folder.path}/a.db`;
  const enterDev = (name: string, address: string, identity: Identity) =>
    enter(name, address, { room: "Dev", identity });
  {
    await using server = await open({ data });
    await using setter = await enterDev("bob", server.address, bob);
    await using operator = await enterDev("ann", server.address, ann);
    await setter.setTopic("nobody has spoken here");
    await operator.order({ action: "lock", name: "" });
  }
  await using server = await open({ data });
  await using operator = await enter("ann", server.address, { identity: ann });
  const names = async () => (await operator.rooms()).rooms.map(({ name }) => name);
  assertEquals(await names(), ["lobby", "Dev"]);
  {
    await using late = await enterDev("cat", server.address, cat);
    assertEquals(topicOf(late), {
      ...{ text: "nobody has spoken here", by: "bob", locked: true, lockedBy: "ann" },
    });
    assertEquals(await late.say("now somebody has"), 1);
  }
  await operator.order({ action: "remove", name: "dev" });
  await using other = await enterDev("bob", server.address, bob);
  assertEquals(topicOf(other), UNSET);
  assertEquals(await other.say("anew"), 1);
});

Deno.test("a client resumes with the topic that was set meanwhile", async () => {
  await using server = await open();
  await using proxy = new Proxy(server.address);
  await using away = await enter("bob", proxy.address, { identity: bob });
  await using setter = await enter("cat", server.address, { identity: cat });
  const cut = away.until(({ happened }) => happened.includes("disconnected"));
  proxy.cut();
  await cut;
  await setter.setTopic("meanwhile");
  await away.until(({ topics }) => topics.at(-1)?.text === "meanwhile");
});

Deno.test("lists of rooms have the start of their topics", async () => {
  await using server = await open();
  await using setter = await enter("bob", server.address, { room: "dev", identity: bob });
  await setter.setTopic("é".repeat(80));
  assertEquals((await setter.rooms()).rooms, [{ name: "dev", members: 1, topic: "é".repeat(80) }]);
  await setter.setTopic("😀".repeat(81));
  const start = `${"😀".repeat(80)}…`;
  assertEquals((await setter.rooms()).rooms, [{ name: "dev", members: 1, topic: start }]);
  await using _other = await enter("eve", server.address);
  const response = await fetch(`http://${server.address}/rooms`);
  assertEquals((await response.text()).trim().split("\n").map((line) => JSON.parse(line)), [
    { name: "dev", members: 1, topic: start },
    { name: "lobby", members: 1 },
  ]);
});

Deno.test("a topic reaches the clients of all servers of a chat, and outlasts each of them", async () => {
  const cluster = new MemoryCluster();
  const operators = ann.fingerprint;
  await using b = await serveOn(cluster, { operators });
  await using there = await enter("bob", b.address, { identity: bob });
  {
    await using a = await serveOn(cluster, { operators });
    await using operator = await enter("ann", a.address, { identity: ann });
    await operator.setTopic("for all");
    await operator.order({ action: "lock", name: "" });
    await there.until(({ topics }) => topics.at(-1)!.locked);
  }
  const set = { text: "for all", by: "ann", locked: true, lockedBy: "ann" };
  assertEquals(topicOf(there), set);
  const [code] = await refused(there.setTopic("mine"));
  assertEquals(code, "forbidden");
  await using c = await serveOn(cluster);
  await using late = await enter("eve", c.address);
  assertEquals(topicOf(late), set);
});

Deno.test("a session over a WebSocket has the topic, and sets it", async () => {
  await using server = await open();
  await using setter = await enter("bob", server.address, { identity: bob });
  await using session = await JsonSession.join(server.address, { name: "eve" });
  assertEquals(session.frames[0]!.welcome.topic, {});
  await setter.setTopic("hello");
  const { topic: { time, ...topic } } = await session.until(({ topic }) => topic);
  assertEquals(topic, { text: "hello", by: "bob" });
  assertEquals(Number(time), setter.topics.at(-1)?.time);
  session.send({ orders: [{ action: "TOPIC", text: "mine" }] });
  const { outcomes } = await session.until(({ outcomes }) => outcomes);
  assertEquals(outcomes, [{ code: 7, words: "Only people with a key may set the topic" }]);
});

Deno.test("a server that keeps no topics is not asked to", async () => {
  using server = await FakeServer.answering(({ join }) =>
    join ? { welcome: { ...welcome(join).welcome, orders: true } } : undefined
  );
  await using chat = await enter("bob", server.address);
  assertEquals(chat.topics, [undefined]);
  const none = ["unsupported", "This server is of an older version: it keeps no topics"] as const;
  assertEquals(await refused(chat.setTopic("mine")), none);
  assertEquals(await refused(chat.order({ action: "lock", name: "" })), none);
  using original = await FakeServer.original([]);
  await using other = await enter("bob", original.address);
  const [code, message] = await refused(other.setTopic("mine"));
  assertEquals([code, message], [
    "unsupported",
    "This server speaks the original contract: it keeps no topics",
  ]);
});
