import { assertEquals, assertRejects } from "@std/assert";
import { join, type JoinOptions, type Sharing } from "../../client.ts";
import { SharedConnections } from "../../client/net/shared_connections.ts";
import { Identity } from "../../client/profile/identity.ts";
import { type ChatServer, serve, type ServeOptions } from "../../mod.ts";
import { STATUS } from "../../proto/status.ts";
import { LibraryChat } from "../support/library_chat.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { FakeServer, welcome } from "../support/wire/fake_server.ts";
import { Proxy } from "../support/wire/proxy.ts";

/** Serves with a page of metrics, and no rate limit. */
function open(options: ServeOptions = {}): Promise<ChatServer> {
  return serve({ address: "127.0.0.1:0", metrics: "127.0.0.1:0", rate: 0, ...options });
}

/** The number of connections that a server has. */
async function countConnections({ metricsAddress }: ChatServer): Promise<number> {
  const page = await (await fetch(`http://${metricsAddress}/metrics`)).text();
  return Number(/^chat_connections (\d+)$/m.exec(page)![1]);
}

/** Joins a room, over connections that other chats share. */
function joinRoom(room: string, options: Omit<JoinOptions, "signal" | "room"> & Sharing) {
  return new LibraryChat((signal, onRetry) =>
    join({ name: "bob", timeoutMs: 60_000, ...options, room, signal, onRetry })
  );
}

/** Waits until a chat has connected so many times. */
function connected(chat: LibraryChat, times = 1): Promise<void> {
  const count = () => chat.happened.filter((type) => type === "connected").length;
  return chat.until(() => count() >= times);
}

Deno.test("three rooms use one connection, and leaving one leaves the others alone", async () => {
  await using server = await open();
  const options = { address: server.address, connections: new SharedConnections() };
  await using one = joinRoom("one", options);
  await using two = joinRoom("two", options);
  await using three = joinRoom("three", options);
  for (const chat of [one, two, three]) await chat.say("here");
  assertEquals(await countConnections(server), 1);
  two.leave();
  await two.ended;
  for (const chat of [one, three]) await chat.say("still here");
  assertEquals([await countConnections(server), one.reasons, three.reasons], [1, [], []]);
});

Deno.test("chats that share nothing have a connection each", async () => {
  await using server = await open();
  await using one = joinRoom("one", { address: server.address });
  await using two = joinRoom("two", {
    address: server.address,
    connections: new SharedConnections(),
  });
  for (const chat of [one, two]) await chat.say("here");
  assertEquals(await countConnections(server), 2);
});

Deno.test("after a restart of the server, all rooms meet on one connection again", async () => {
  await using folder = await temporaryFolder();
  const data = `${folder.path}/chat.db`;
  const connections = new SharedConnections();
  let server = await open({ data });
  const { address } = server;
  await using one = joinRoom("one", { address, connections });
  await using two = joinRoom("two", { address, connections });
  await using three = joinRoom("three", { address, connections });
  const chats = [one, two, three];
  for (const chat of chats) await chat.say("before");
  for (let restarts = 1; restarts <= 3; restarts++) {
    await server[Symbol.asyncDispose]();
    await Promise.all(chats.map((chat) => chat.until(({ reasons }) => reasons.length > 0)));
    server = await open({ data, address });
    await Promise.all(chats.map((chat) => connected(chat, restarts + 1)));
    assertEquals(await countConnections(server), 1);
  }
  for (const chat of chats) await chat.say("after");
  await Promise.all(chats.map((chat) => chat.until(({ heard }) => heard.length === 2)));
  assertEquals(chats.map(({ heard }) => heard), chats.map(() => ["before", "after"]));
  await server[Symbol.asyncDispose]();
});

Deno.test("after a cut or a network that loses everything, rooms meet on a new connection", async () => {
  await using server = await open();
  await using proxy = new Proxy(server.address);
  const options = {
    address: proxy.address,
    connections: new SharedConnections(),
    keepaliveMs: 500,
    timeoutMs: 1_000,
  };
  await using one = joinRoom("one", options);
  await using two = joinRoom("two", options);
  await using three = joinRoom("three", options);
  const chats = [one, two, three];
  for (const chat of chats) await connected(chat);
  proxy.cut();
  for (const chat of chats) await connected(chat, 2);
  assertEquals(await countConnections(server), 1);
  proxy.stall();
  for (const chat of chats) await chat.until(({ reasons }) => reasons.includes("no answer"));
  proxy.cut(); // The stalled connections would answer late.
  proxy.resume();
  for (const chat of chats) await chat.say("again");
  assertEquals(await countConnections(server), 1);
});

Deno.test("a session that does not get a connection's answer is the last one to dial it", async () => {
  await using server = await open();
  await using proxy = new Proxy(server.address);
  const connections = new SharedConnections();
  const options = { address: proxy.address, connections, keepaliveMs: Infinity };
  await using one = joinRoom("one", options);
  await connected(one);
  proxy.stall();
  await using two = joinRoom("two", { ...options, timeoutMs: 300 });
  await assertRejects(() => two.ended, Error, "no answer");
  await using three = joinRoom("three", { ...options, address: proxy.address });
  proxy.resume();
  await three.say("here");
  assertEquals(await countConnections(server), 2);
  await one.say("here"); // It has only been slow.
});

Deno.test("a refused session leaves the connection to the others, and to the next one", async () => {
  await using server = await open({ maxRooms: 2 });
  const options = { address: server.address, connections: new SharedConnections() };
  await using one = joinRoom("one", options);
  await one.say("here");
  await using missing = joinRoom("missing", { ...options, name: "" });
  await assertRejects(() => missing.ended, Error, "no room");
  await using two = joinRoom("two", options);
  await two.say("here");
  await using third = joinRoom("three", options);
  await assertRejects(() => third.ended, Error, "there are 2 already");
  await using again = joinRoom("two", { ...options, name: "ann" });
  await again.say("here");
  assertEquals([one.reasons, two.reasons], [[], []]);
});

Deno.test("rooms get further connections on a server that admits few sessions on each", async () => {
  await using server = await open({ maxSessions: 2 });
  const identity = await Identity.generate(); // The server also asks for a proof.
  const options = { address: server.address, connections: new SharedConnections(), identity };
  await using stack = new AsyncDisposableStack();
  for (const room of ["a", "b", "c", "d", "e"]) {
    const chat = stack.use(joinRoom(room, options));
    await chat.say("here");
    assertEquals(chat.reasons, []);
  }
  assertEquals(await countConnections(server), 3);
});

Deno.test("more than 64 rooms get a second connection", async () => {
  await using server = await open({ newRooms: 0 });
  const options = { address: server.address, connections: new SharedConnections() };
  await using stack = new AsyncDisposableStack();
  const chats = Array.from({ length: 65 }, (_, i) => stack.use(joinRoom(`r${i}`, options)));
  await Promise.all(chats.map((chat) => connected(chat)));
  assertEquals(await countConnections(server), 2);
});

Deno.test("a session that answers garbage breaks off alone", async () => {
  let joins = 0;
  using server = await FakeServer.answering(({ join, posts = [] }) => {
    if (join?.room === "bad" && joins++ === 0) return { notes: [] }; // Before the welcome.
    if (join) return welcome(join);
    return { acks: posts.map(({ id }, index) => ({ id, seq: index + 1 })) };
  });
  const options = { address: server.address, connections: new SharedConnections() };
  await using good = joinRoom("good", options);
  await connected(good);
  await using bad = joinRoom("bad", options);
  await connected(bad);
  await good.say("here");
  assertEquals([bad.reasons, good.reasons], [["it is not a chat server"], []]);
});

Deno.test("a goodbye ends its session alone", async () => {
  let joins = 0;
  const goodbye = { code: STATUS.unavailable, reason: "go away" };
  using server = await FakeServer.answering(({ join, posts = [] }) => {
    if (join?.room === "bad" && joins++ === 0) return [welcome(join), { goodbye }];
    if (join) return welcome(join);
    return { acks: posts.map(({ id }, index) => ({ id, seq: index + 1 })) };
  });
  const options = { address: server.address, connections: new SharedConnections() };
  await using good = joinRoom("good", options);
  await connected(good);
  await using bad = joinRoom("bad", options);
  await connected(bad, 2);
  await good.say("here");
  assertEquals([bad.reasons, good.reasons], [["go away"], []]);
});

Deno.test("a session whose events nobody reads holds nobody else back", async () => {
  await using server = await open();
  const options = { address: server.address, connections: new SharedConnections() };
  await using author = joinRoom("big", { address: server.address, last: 0, name: "ann" });
  const text = "x".repeat(16_000);
  const notes = 1_300; // 20.8 MB: far more than a client receives ahead.
  await Promise.all(Array.from({ length: notes }, () => author.say(text)));
  const left = new AbortController();
  const stopped = await join({ ...options, name: "bob", room: "big", signal: left.signal });
  await using one = joinRoom("small", options);
  await using two = joinRoom("small", { ...options, name: "ann" });
  const heard = 700; // 10.5 MB to each: more than the window of the connection.
  for (let i = 0; i < heard; i++) await one.say(text.slice(0, 15_000));
  await two.until((chat) => chat.heard.length === heard);
  assertEquals(await countConnections(server), 2);
  let count = 0;
  for await (const event of stopped.events()) {
    if (event.type === "notes") count += event.notes.length;
    if (count === notes) break;
  }
  left.abort();
});

Deno.test("over TLS, all sessions of a connection prove their key to the certificate shown on it", async () => {
  await using server = await open({ tls: true });
  const tls = {
    trust: { by: "certificate", fingerprint: server.encryption!.fingerprint },
  } as const;
  const identity = await Identity.generate();
  const options = { address: server.address, connections: new SharedConnections(), tls, identity };
  await using one = joinRoom("one", options);
  await using two = joinRoom("two", options);
  for (const chat of [one, two]) await chat.say("here");
  assertEquals(await countConnections(server), 1);
});
