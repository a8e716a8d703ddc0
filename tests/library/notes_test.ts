import { assertEquals } from "@std/assert";
import {
  type Chat,
  Identity,
  join,
  type JoinOptions,
  mentions,
  serve,
  type ShownNote,
} from "../../mod.ts";
import { FakeServer } from "../support/wire/fake_server.ts";
import { Proxy } from "../support/wire/proxy.ts";

const open = () => serve({ address: "127.0.0.1:0", rate: 0 });

/** The notes of a chat up to one with this text, which leaves the loop but not the chat. */
async function readUntil(chat: Chat, last: string): Promise<ShownNote[]> {
  const notes: ShownNote[] = [];
  const events = chat.events()[Symbol.asyncIterator]();
  while (notes.at(-1)?.message !== last) {
    const { value, done } = await events.next();
    if (done) break;
    if (value.type === "notes") notes.push(...value.notes);
  }
  return notes;
}

/** Texts with their marks, such as `hello own backlog`. */
const marks = (notes: readonly ShownNote[]) =>
  notes.map(({ message, own, backlog }) =>
    [message, ...own ? ["own"] : [], ...backlog ? ["backlog"] : []].join(" ")
  );

/** Says texts in a chat of its own. */
async function say(options: JoinOptions, ...texts: string[]): Promise<void> {
  await using chat = await join({ last: 0, ...options });
  for (const text of texts) await chat.say(text);
}

for (const who of ["with a key", "without a key"]) {
  Deno.test(`a bot ${who} recognizes its own notes, of an earlier run too, and those it has missed`, async () => {
    await using server = await open();
    const { address } = server;
    const identity = who === "with a key" ? await Identity.generate() : undefined;
    const bot = { name: "Echo", address, identity };
    await say(bot, "1");
    await say({ name: "ann", address }, "2");
    await using chat = await join({ ...bot, name: "echo" });
    await chat.say("3");
    await say({ name: "ann", address }, "4");
    assertEquals(marks(await readUntil(chat, "4")), ["1 own backlog", "2 backlog", "3 own", "4"]);
  });
}

Deno.test("the notes of a guest are not own to the owner of the name, nor the other way round", async () => {
  await using server = await open();
  const { address } = server;
  await say({ name: "echo", address }, "guest");
  const identity = await Identity.generate();
  await using owner = await join({ name: "echo", address, identity });
  await owner.say("owner");
  assertEquals(marks(await readUntil(owner, "owner")), ["guest backlog", "owner own"]);
});

Deno.test("notes under an earlier name of a chat that has moved are own, and private ones too", async () => {
  await using server = await open();
  const { signal } = new AbortController();
  const bob = await join({ name: "bob", address: server.address });
  await bob.say("as bob");
  await using rob = await bob.move({ name: "rob", last: 10, signal });
  await bob.leave();
  await rob.say("to myself", { kind: "whisper", to: "rob" });
  const notes = await readUntil(rob, "to myself");
  assertEquals(marks(notes), ["as bob own backlog", "to myself own"]);
});

Deno.test("notes that were posted during an outage are backlog", async () => {
  await using server = await open();
  await using proxy = new Proxy(server.address);
  await using chat = await join({ name: "bot", address: proxy.address });
  await chat.say("before");
  assertEquals(marks(await readUntil(chat, "before")), ["before own"]);
  proxy.stall(); // Nobody gets through.
  proxy.cut();
  await say({ name: "ann", address: server.address }, "during");
  proxy.resume();
  assertEquals(marks(await readUntil(chat, "during")), ["during backlog"]);
  await chat.say("after");
  assertEquals(marks(await readUntil(chat, "after")), ["after own"]);
});

Deno.test("a reader has no own notes, and a server of the original contract reports no backlog", async () => {
  using server = await FakeServer.original([
    { name: "bot", message: "1" },
    { name: "ann", message: "2" },
  ]);
  await using bot = await join({ name: "bot", address: server.address });
  assertEquals(marks(await readUntil(bot, "2")), ["1 own", "2"]);
  await using reader = await join({ address: server.address });
  assertEquals(marks(await readUntil(reader, "2")), ["1", "2"]);
});

Deno.test("mentions() finds the name of a bot in the text of a note", async () => {
  await using server = await open();
  await using bot = await join({ name: "echo", address: server.address });
  await say({ name: "ann", address: server.address }, "Echo: hello", "echoes");
  const notes = await readUntil(bot, "echoes");
  assertEquals(notes.map((note) => mentions(note, "echo")), [true, false]);
});

Deno.test("found notes are marked as own", async () => {
  await using server = await open();
  await using bot = await join({ name: "bot", address: server.address });
  await bot.say("mine");
  await say({ name: "ann", address: server.address }, "hers");
  assertEquals(marks(await Array.fromAsync(bot.search({}))), ["hers", "mine own"]);
});
