import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Chat, ChatError, type ChatEvent, join, serve, type ShownNote } from "../../mod.ts";
import { nextTick } from "../support/next_tick.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { FakeServer, welcome } from "../support/wire/fake_server.ts";
import { Proxy } from "../support/wire/proxy.ts";

const open = () => serve({ address: "127.0.0.1:0", rate: 0 });

/** Posts as many notes at once. */
async function post(address: string, count: number): Promise<void> {
  // Not paced: the larger the batches that the room has, the faster its history arrives.
  await using ann = joinLibraryChat("ann", address, { last: 0, pace: false });
  for (let done = 0; done < count; done += 10_000) { // The most that may be unanswered.
    const batch = Array.from({ length: Math.min(10_000, count - done) }, (_, i) => done + i + 1);
    await Promise.all(batch.map((number) => ann.say(`${number}`)));
  }
}

/** Answers each of `count` notes of others inside its loop; returns all notes in order. */
async function echo(chat: Chat, left: AbortController, count: number): Promise<ShownNote[]> {
  const notes: ShownNote[] = [];
  for await (const event of chat.events()) {
    if (event.type !== "notes") continue;
    for (const note of event.notes) {
      notes.push(note);
      if (note.name !== "bot") await chat.say(`re: ${note.message}`);
    }
    if (notes.length === 2 * count) left.abort();
  }
  return notes;
}

/** The notes that a bot has received in response to `count` numbered notes: each once, in order. */
function assertEchoed(notes: readonly ShownNote[], count: number): void {
  const numbers = Array.from({ length: count }, (_, i) => `${i + 1}`);
  const messages = (isBot: boolean) =>
    notes.filter(({ name }) => name === "bot" === isBot).map(({ message }) => message);
  assertEquals(messages(false), numbers);
  assertEquals(messages(true), numbers.map((number) => `re: ${number}`));
}

Deno.test("a bot may await say() inside the loop over its events", async () => {
  await using server = await open();
  const left = new AbortController();
  const bot = await join({ name: "bot", address: server.address, signal: left.signal });
  const echoed = echo(bot, left, 1_000);
  await post(server.address, 1_000);
  assertEchoed(await echoed, 1_000);
});

Deno.test("a bot that awaits answers inside its loop loses and repeats nothing over an outage", async () => {
  await using server = await open();
  await using proxy = new Proxy(server.address);
  const left = new AbortController();
  const bot = await join({ name: "bot", address: proxy.address, signal: left.signal });
  const echoed = echo(bot, left, 300);
  await using watcher = joinLibraryChat("", server.address);
  const posted = post(server.address, 300);
  for (const number of [50, 150, 250]) {
    await watcher.until(({ heard }) => heard.includes(`re: ${number}`));
    proxy.cut();
  }
  await posted;
  assertEchoed(await echoed, 300);
});

Deno.test("rooms() and order() may be awaited inside the loop over the events", async () => {
  await using server = await open();
  const left = new AbortController();
  const bot = await join({ name: "bot", address: server.address, signal: left.signal });
  for await (const event of bot.events()) {
    if (event.type !== "connected") continue;
    assertEquals((await bot.rooms()).rooms, [{ name: "lobby", members: 1, topic: "" }]);
    await assertRejects(() => bot.order({ action: "stats", name: "" }), ChatError, "operator");
    left.abort();
  }
});

Deno.test("a chat whose events nobody reads gets its answers", async () => {
  await using server = await open();
  const left = new AbortController();
  const bot = await join({ name: "bot", address: server.address, signal: left.signal });
  assertEquals([await bot.say("1"), await bot.say("2")], [1, 2]);
  left.abort();
});

/** More notes than a chat receives ahead of its reader, which is 10,000 and a frame. */
const HISTORY = 40_000;
const MAX_AHEAD = 10_500;

/** Summarizes events: the number of notes in a row, and the types of the others. */
function summary(events: readonly ChatEvent[]): (string | number)[] {
  const parts: (string | number)[] = [];
  for (const event of events) {
    const last = parts.at(-1);
    if (event.type !== "notes") parts.push(event.type);
    else if (typeof last === "number") parts[parts.length - 1] = last + event.notes.length;
    else parts.push(event.notes.length);
  }
  return parts;
}

/** The positions of all notes. */
function positions(events: readonly ChatEvent[]): (number | undefined)[] {
  return events.flatMap((event) => event.type === "notes" ? event.notes : []).map(({ seq }) => seq);
}

Deno.test("flow control stops the server for a slow reader, which keeps its connection", async () => {
  await using server = await open();
  await post(server.address, HISTORY);
  const left = new AbortController();
  const chat = await join({ address: server.address, signal: left.signal });
  const events: ChatEvent[] = [];
  for await (const event of chat.events()) {
    events.push(event);
    await new Promise((resolve) => setTimeout(resolve)); // Slower than the server.
    if (event.type === "notes" && event.notes.at(-1)?.seq === HISTORY) left.abort();
  }
  assertEquals(summary(events), ["connected", HISTORY]);
  assertEquals(positions(events), Array.from({ length: HISTORY }, (_, i) => i + 1));
});

Deno.test("an answer overtakes a long history in bounded memory, and the history is complete", async () => {
  await using server = await open();
  await post(server.address, HISTORY);
  const left = new AbortController();
  const chat = await join({ name: "bot", address: server.address, signal: left.signal });
  const events: ChatEvent[] = [];
  for await (const event of chat.events()) {
    events.push(event);
    if (event.type === "connected" && events.length === 1) {
      assertEquals(await chat.say("ready"), HISTORY + 1);
    }
    if (event.type === "notes" && event.notes.at(-1)?.message === "ready") left.abort();
  }
  assertEquals(positions(events), Array.from({ length: HISTORY + 1 }, (_, i) => i + 1));
  const [first, ahead, outage, again] = summary(events);
  assertEquals([first, outage, again], ["connected", "disconnected", "connected"]);
  assert(Number(ahead) >= 10_000 && Number(ahead) <= MAX_AHEAD, `${ahead}`);
  const reasons = events.map((event) => event.type === "disconnected" ? event.reason : "");
  assert(reasons.includes("its notes were not read in time"), String(reasons));
});

Deno.test("rooms() and order() say that a chat connects again to catch up", async () => {
  let joins = 0;
  const note = { name: "ann", message: "m" };
  using server = await FakeServer.answering(({ join, posts }) => {
    if (join) return ++joins === 1 ? welcome(join) : undefined; // It stays away from then on.
    if (posts.length === 0) return;
    const notes = Array.from({ length: 1_000 }, (_, i) => ({ ...note, seq: i + 1 }));
    return [...Array.from({ length: 11 }, () => ({ notes })), {
      acks: [{ id: posts[0]!.id, seq: 1 }],
    }];
  });
  const left = new AbortController();
  const bot = await join({ name: "bot", address: server.address, signal: left.signal });
  const words = "The chat is connecting again, because its notes were not read in time";
  let rooms: Promise<unknown> | undefined;
  for await (const event of bot.events()) {
    if (event.type === "connected") {
      await bot.say("hello");
      rooms = bot.rooms(); // This server never answers it.
      rooms.catch(() => {});
    }
    if (event.type !== "disconnected") continue;
    await assertRejects(() => rooms!, ChatError, words);
    await assertRejects(() => bot.rooms(), ChatError, words);
    await assertRejects(() => bot.order({ action: "stats", name: "" }), ChatError, words);
    left.abort();
  }
});

Deno.test("the events end with the reason, and an unanswered text is rejected with it", async () => {
  using server = await FakeServer.accepting(1);
  const left = new AbortController();
  const bot = await join({ name: "bot", address: server.address, signal: left.signal });
  await bot.say("1");
  const said = bot.say("2"); // Which is never answered.
  await server.posted;
  left.abort();
  await assertRejects(() => said, ChatError, "Left before the server had answered");
});

Deno.test("Chat.move() that fails on a server of the original contract leaves the chat as it is", async () => {
  using server = await FakeServer.original([{ name: "ann", message: "hello" }]);
  const left = new AbortController();
  const bob = await join({ name: "bob", address: server.address, signal: left.signal });
  await assertRejects(() => bob.move({ name: "rob", signal: AbortSignal.abort() }), DOMException);
  await bob.say("still here");
  const rob = await bob.move({ name: "rob", signal: left.signal });
  left.abort();
  await assertRejects(() => bob.say("gone"), ChatError, "Left before");
  assertEquals(await Array.fromAsync(bob.events()), []);
  await Array.fromAsync(rob.events());
  await nextTick(); // Connections are closed in the next turn, and this server ends in this one.
});

Deno.test("Chat.move() on a server of the original contract passes on unread notes", async () => {
  using server = await FakeServer.original([{ name: "ann", message: "hello" }]);
  const left = new AbortController();
  const bob = await join({ name: "bob", address: server.address, signal: left.signal });
  const rob = await bob.move({ name: "rob", signal: left.signal });
  const seen: string[] = [];
  for await (const event of rob.events()) {
    seen.push(event.type);
    if (event.type === "notes") left.abort();
  }
  assertEquals([seen, await Array.fromAsync(bob.events())], [["connected", "notes"], []]);
  await nextTick(); // Connections are closed in the next turn, and this server ends in this one.
});
