import { assert, assertEquals, assertRejects } from "@std/assert";
import { Identity } from "../../client/profile/identity.ts";
import { ChatError, type ServeOptions } from "../../mod.ts";
import { MemoryCluster } from "../support/cluster/memory_engine.ts";
import { enter, serveOn } from "../support/cluster/serve.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { failure, type Peer } from "../support/wire/grpc_peer.ts";

const ann = await Identity.generate();
const bob = await Identity.generate();

/** Two servers of one chat. Ann is an operator. */
async function serveTwo(options: ServeOptions = {}) {
  await using stack = new AsyncDisposableStack();
  const cluster = new MemoryCluster();
  const start = async () =>
    stack.use(await serveOn(cluster, { operators: ann.fingerprint, ...options }));
  const [one, two] = [await start(), await start()];
  const resources = stack.move();
  return { one, two, [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose]() };
}

/** The refusal of a raw join. */
async function refusal(peer: Peer, name: string, client: string): Promise<string> {
  const session = peer.session();
  session.send({ join: { name, room: "", client } });
  const { code, details } = await session.ended;
  return `${code} ${details}`;
}

Deno.test("people on two servers are in one roster, from the welcome to the leave", async () => {
  await using chat = await serveTwo();
  const first = await chat.one.peer.join({ name: "ann" });
  const second = await chat.two.peer.join({ name: "bob" });
  assertEquals(second.seen.welcome!.roster.people.map(({ name }) => name), ["ann", "bob"]);
  await first.until(({ changes }) => changes.includes("+bob"));
  second.cancel();
  await first.until(({ changes }) => changes.includes("-bob connection lost"));
});

Deno.test("a name in use on another server is taken, and the refused peer keeps nothing", async () => {
  await using chat = await serveTwo({ maxMembers: 2 });
  const first = await chat.one.peer.join({ name: "ann" });
  const words = await refusal(chat.two.peer, "Ann", "another client 1");
  assertEquals(words, `6 name "Ann" is taken`);
  await chat.two.peer.join({ name: "bob" });
  const full = await refusal(chat.two.peer, "cat", "another client 2");
  assertEquals(full, "8 The room is full: it has 2 members");
  first.end();
  await first.ended;
  // Nothing of the refused guests is left, so that a key may own the name.
  await using owner = await enter("Ann", chat.two.address, { identity: ann });
  assertEquals(owner.happened.includes("connected"), true);
});

Deno.test("a client that comes back on another server takes its own place there", async () => {
  await using chat = await serveTwo();
  const watcher = await chat.one.peer.join({ name: "eve" });
  const before = await chat.one.peer.join({ name: "ann", client: "the client of ann" });
  await chat.two.peer.join({ name: "anna", client: "the client of ann", attempt: 1 });
  await before.until(({ goodbye }) => goodbye !== undefined);
  await watcher.until(({ changes }) => changes.includes("ann>anna"));
  assertEquals(watcher.seen.changes, ["+ann", "ann>anna"]);
});

Deno.test("rooms are listed on all servers with everybody in them, also without notes", async () => {
  await using chat = await serveTwo();
  const first = await chat.one.peer.join({ name: "ann", room: "Tea" });
  const second = await chat.two.peer.join({ name: "bob", room: "tea" });
  assertEquals(second.seen.welcome!.room, "Tea");
  await chat.two.peer.join({ name: "cat" });
  first.send({ list_rooms: true });
  second.send({ list_rooms: true });
  for (const session of [first, second]) {
    await session.until(({ rooms }) => rooms.length > 0);
    assertEquals(session.seen.rooms[0]!.rooms.map(({ name, members }) => `${name} ${members}`), [
      "Tea 2",
      "lobby 1",
    ]);
  }
  second.end();
  await second.ended;
  await first.until(({ changes }) => changes.includes("-bob left"));
});

Deno.test("a private note reaches a guest on another server, and nobody else", async () => {
  await using chat = await serveTwo();
  await using first = await enter("ann", chat.one.address);
  await using second = await enter("bob", chat.two.address);
  await using third = await enter("cat", chat.two.address);
  await first.until(({ happened }) => happened.includes("+bob"));
  await first.say("for you", { kind: "whisper", to: "~bob" });
  await first.say("for all");
  for (const each of [first, second, third]) {
    await each.until(({ heard }) => heard.includes("for all"));
  }
  assertEquals(second.heard.length, 2);
  assertEquals(third.heard, ["for all"]);
});

Deno.test("/kick ends the sessions on all servers, but not those of operators", async () => {
  await using chat = await serveTwo();
  await using operator = await enter("ann", chat.one.address, { identity: ann });
  await using here = await enter("bob", chat.one.address, { identity: bob });
  await using there = await enter("bob", chat.two.address, { identity: bob });
  await using elsewhere = await enter("bob", chat.two.address, { identity: bob, room: "dev" });
  const { words } = await operator.order({ action: "kick", name: "bob", reason: "enough" });
  assertEquals(words, `kicked "bob"`);
  for (const kicked of [here, there]) {
    await assertRejects(() => kicked.ended, ChatError, "kicked by ann: enough");
  }
  await elsewhere.say("still here");
  await using other = await enter("ann", chat.two.address, { identity: ann });
  const refused = () => other.order({ action: "kick", name: "ann" });
  await assertRejects(refused, ChatError, `"ann" is an operator`);
  const missing = () => operator.order({ action: "kick", name: "bob" });
  await assertRejects(missing, ChatError, `There is no "bob" in this room`);
});

Deno.test("/mute and /ban find a guest who is only on another server", async () => {
  await using chat = await serveTwo();
  await using operator = await enter("ann", chat.one.address, { identity: ann });
  await using guest = await enter("eve", chat.two.address, { room: "dev" });
  const muted = await operator.order({ action: "mute", name: "eve", spanMs: 60_000 });
  assertEquals(muted.words, `muted "eve": all without a key from 127.0.0.1 for 1 min`);
  await guest.until(({ happened }) => happened.some((line) => line.startsWith("muted")));
  await operator.order({ action: "ban", name: "eve" });
  await assertRejects(() => guest.ended, ChatError, "banned by ann");
});

Deno.test("a name is not claimed while a guest uses it on another server, nor released there", async () => {
  await using chat = await serveTwo();
  await using operator = await enter("ann", chat.one.address, { identity: ann });
  const guest = await chat.two.peer.join({ name: "bob" });
  await operator.until(({ happened }) => happened.includes("+bob"));
  const claim = joinLibraryChat("B0b", chat.one.address, { identity: bob, room: "dev" });
  await assertRejects(() => claim.ended, ChatError, `it looks like "bob"`);
  guest.end();
  await operator.until(({ happened }) => happened.includes("-bob left"));
  await using owner = await enter("bob", chat.two.address, { identity: bob, unlisted: true });
  assert(owner.happened.includes("connected"));
  const release = () => operator.order({ action: "release", name: "bob" });
  await assertRejects(release, ChatError, "its owner is using it");
});

Deno.test("a ban that comes while a join waits for the other servers takes effect", async () => {
  await using chat = await serveTwo();
  await using operator = await enter("ann", chat.one.address, { identity: ann });
  chat.two.engine.journals.presence.pause();
  const session = chat.two.peer.session();
  session.send({ join: { name: "eve", room: "", client: "a client of eve .." } });
  await operator.until(({ happened }) => happened.includes("+eve"));
  await operator.order({ action: "ban", name: "127.0.0.1" });
  chat.two.engine.journals.presence.resume();
  assertEquals((await session.ended).details, "banned");
  await operator.until(({ happened }) => happened.includes("-eve connection lost"));
});

Deno.test("the stats of a server count all members and servers", async () => {
  await using chat = await serveTwo();
  await using operator = await enter("ann", chat.one.address, { identity: ann });
  await using _other = await enter("bob", chat.two.address);
  await operator.until(({ happened }) => happened.includes("+bob"));
  const { stats = [] } = await operator.order({ action: "stats", name: "" });
  const read = (name: string) => stats.find((stat) => stat.name === name)?.value;
  assertEquals([read("chat_servers"), read("chat_members"), read("chat_sessions")], [2, 2, 1]);
});

Deno.test("SendNote is refused under a name that a key owns, whichever server it used", async () => {
  await using chat = await serveTwo();
  await using owner = await enter("bob", chat.one.address, { identity: bob });
  await owner.say("hello");
  const sent = failure(chat.two.peer.send({ name: "bob", message: "fake" }));
  assertEquals((await sent).details, `name "bob" is taken`);
});
