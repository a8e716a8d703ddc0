import { assert, assertEquals, assertRejects } from "@std/assert";
import { Outbox } from "../../client/session/outbox.ts";
import { ChatError, join, type JoinOptions, serve, type ServeOptions } from "../../mod.ts";
import { STATUS } from "../../proto/status.ts";
import { enter, joinLibraryChat } from "../support/library_chat.ts";
import { freePort } from "../support/program.ts";
import { FakeServer } from "../support/wire/fake_server.ts";
import { Proxy } from "../support/wire/proxy.ts";

const open = (options: ServeOptions = {}) => serve({ address: "127.0.0.1:0", ...options });

Deno.test("join() shows notes posted during an outage, once and in order", async () => {
  await using server = await open();
  await using proxy = new Proxy(server.address);
  await using ann = joinLibraryChat("ann", proxy.address);
  await using bob = joinLibraryChat("bob", server.address);
  await ann.say("1");
  proxy.cut();
  await ann.until(({ happened }) => happened.includes("disconnected"));
  const said = [ann.say("2"), ann.say("3")];
  await bob.say("meanwhile");
  await Promise.all(said);
  await ann.until(({ heard }) => heard.length === 4);
  await bob.until(({ heard }) => heard.length === 4);
  assertEquals(ann.heard, bob.heard);
  assertEquals(ann.heard.filter((text) => text !== "meanwhile"), ["1", "2", "3"]);
});

Deno.test("join() repeats nothing when acknowledgements were lost", async () => {
  await using server = await open();
  await using proxy = new Proxy(server.address);
  await using ann = joinLibraryChat("ann", proxy.address);
  await using bob = joinLibraryChat("bob", server.address);
  await ann.say("1");
  proxy.pause(); // The server gets the note, but its answer is lost.
  const said = ann.say("2");
  await bob.until(({ heard }) => heard.includes("2"));
  proxy.cut();
  proxy.resume();
  await said;
  await ann.say("3");
  await bob.until(({ heard }) => heard.includes("3"));
  await ann.until(({ heard }) => heard.includes("3"));
  assertEquals([bob.heard, ann.heard], [["1", "2", "3"], ["1", "2", "3"]]);
});

Deno.test("join() notices a dead link by itself", async () => {
  await using server = await open();
  await using proxy = new Proxy(server.address);
  await using ann = joinLibraryChat("ann", proxy.address, { keepaliveMs: 200 });
  await ann.say("1");
  proxy.pause();
  await ann.until(({ happened }) => happened.includes("disconnected"));
  proxy.cut();
  proxy.resume();
  await ann.say("2");
  await ann.until(({ heard }) => heard.includes("2"));
  assertEquals(ann.heard, ["1", "2"]);
});

Deno.test("join() counts the notes that retention dropped during an outage", async () => {
  await using server = await open({ keep: 2 });
  await using proxy = new Proxy(server.address);
  await using ann = joinLibraryChat("ann", proxy.address);
  await ann.say("1");
  await ann.until(({ heard }) => heard.length === 1);
  proxy.pause();
  proxy.cut();
  await using bob = joinLibraryChat("bob", server.address);
  for (const text of ["2", "3", "4", "5"]) await bob.say(text);
  proxy.resume();
  await ann.until(({ heard }) => heard.at(-1) === "5");
  assertEquals(ann.heard, ["1", "(2 lost)", "4", "5"]);
});

Deno.test("join() starts over with a server whose history is new", async () => {
  const port = freePort();
  const address = `127.0.0.1:${port}`;
  const first = await serve({ address });
  await using ann = joinLibraryChat("ann", address);
  for (const text of ["1", "2", "3"]) await ann.say(text);
  await ann.until(({ heard }) => heard.length === 3);
  await first.stop();
  await using _second = await serve({ address });
  await using bob = joinLibraryChat("bob", address);
  await bob.say("new");
  await ann.until(({ heard }) => heard.length === 4);
  assertEquals(ann.heard, ["1", "2", "3", "new"]);
});

Deno.test("join() starts with the requested number of newest notes", async () => {
  await using server = await open();
  await using ann = joinLibraryChat("ann", server.address);
  for (const text of ["1", "2", "3"]) await ann.say(text);
  for (const [last, heard] of [[0, ["4"]], [2, ["3", "4"]]] as const) {
    await using late = joinLibraryChat(`late ${last}`, server.address, { last });
    await late.until(({ happened }) => happened.includes("connected"));
    if (last === 0) await ann.say("4");
    await late.until((chat) => chat.heard.includes("4"));
    assertEquals(late.heard.slice(0, 1), heard.slice(0, 1));
  }
});

Deno.test("join() leaves gracefully: posts are acknowledged, and the others see the reason", async () => {
  await using server = await open();
  await using ann = await enter("ann", server.address);
  await using bob = joinLibraryChat("bob", server.address);
  await ann.until(({ happened }) => happened.includes("+bob"));
  await bob.say("bye");
  bob.leave();
  await bob.ended;
  await ann.until(({ happened }) => happened.includes("-bob left"));
  await assertRejects(() => bob.say("too late"), ChatError, "Left before the server had answered");
});

Deno.test("join() gives up on a name that is in use", async () => {
  await using server = await open();
  await using ann = joinLibraryChat("ann", server.address);
  await ann.say("mine");
  await using other = joinLibraryChat("ANN", server.address);
  const error = await assertRejects(() => other.ended, ChatError, 'name "ANN" is taken');
  assertEquals(error.code, "taken");
  await assertRejects(() => other.say("x"), ChatError);
});

Deno.test("join() resolves once the server has let us in, with the events from then on", async () => {
  await using server = await open();
  const left = new AbortController();
  const chat = await join({ name: "ann", address: server.address, signal: left.signal });
  const said = chat.say("hello");
  const types: string[] = [];
  for await (const event of chat.events()) {
    types.push(event.type);
    if (event.type === "notes") left.abort();
  }
  assertEquals([types, await said], [["connected", "notes"], 1]);
});

Deno.test("join() reports why there is no connection yet, and throws the reason of its signal", async () => {
  const goodbye = { code: STATUS.unavailable, reason: "not yet" };
  using server = await FakeServer.answering(({ join }) => join ? { goodbye } : undefined);
  const left = new AbortController();
  const reasons: string[] = [];
  const options: JoinOptions = {
    address: server.address,
    onRetry: ({ reason }) => {
      reasons.push(reason);
      left.abort(new Error("enough"));
    },
    signal: left.signal,
  };
  await assertRejects(() => join(options), Error, "enough");
  assertEquals(reasons, ["not yet"]);
  await assertRejects(() => join(options), Error, "enough");
  assertEquals(reasons.length, 1);
});

Deno.test("a chat that nobody reads is left when its signal is aborted", async () => {
  await using server = await open();
  await using ann = joinLibraryChat("ann", server.address);
  await ann.until(({ happened }) => happened.includes("connected"));
  const left = new AbortController();
  const bob = await join({ name: "bob", address: server.address, signal: left.signal });
  const said = bob.say("hello");
  left.abort();
  assertEquals(await said, 1);
  await ann.until(({ happened }) => happened.includes("-bob left"));
  const events = await Array.fromAsync(bob.events());
  assertEquals(events.map(({ type }) => type), ["connected", "notes"]);
});

Deno.test("a chat is left when its events are returned, even before they are read", async () => {
  await using server = await open();
  await using ann = joinLibraryChat("ann", server.address);
  await ann.until(({ happened }) => happened.includes("connected"));
  const bob = await join({ name: "bob", address: server.address });
  await bob.events()[Symbol.asyncIterator]().return?.();
  await ann.until(({ happened }) => happened.some((what) => what.startsWith("-bob")));
});

Deno.test("a chat is left when its reader breaks off at the first event", async () => {
  await using server = await open();
  await using ann = joinLibraryChat("ann", server.address);
  await ann.until(({ happened }) => happened.includes("connected"));
  const bob = await join({ name: "bob", address: server.address });
  for await (const _ of bob.events()) break;
  await ann.until(({ happened }) => happened.some((what) => what.startsWith("-bob")));
});

Deno.test("join() ends by its signal while a question about the server has no answer", async () => {
  await using server = await open({ password: "secret" });
  const left = new AbortController();
  const meet = () => {
    left.abort(new Error("enough"));
    return new Promise<void>(() => {});
  };
  const options = { address: server.address, password: "secret", meet, signal: left.signal };
  await assertRejects(() => join(options), Error, "enough");
});

Deno.test("join() returns a refused text with the reason, and continues", async () => {
  await using server = await open({ maxNoteBytes: 3 });
  await using ann = joinLibraryChat("ann", server.address);
  const error = await assertRejects(() => ann.say("long"), ChatError, "at most 3 are allowed");
  assertEquals(error.code, "too_large");
  await ann.say("ok");
  await ann.until(({ heard }) => heard.length === 1);
});

Deno.test("join() returns a text larger than any frame, and loses nothing else", async () => {
  await using server = await open();
  await using ann = joinLibraryChat("ann", server.address);
  await ann.until(({ happened }) => happened.includes("connected"));
  const said = [ann.say("before"), ann.say("x".repeat(5 << 20)), ann.say("after")];
  const results = await Promise.allSettled(said);
  assertEquals(results.map((result) => result.status), ["fulfilled", "rejected", "fulfilled"]);
  await ann.until(({ heard }) => heard.length === 2);
  assertEquals(ann.heard, ["before", "after"]);
});

Deno.test("Outbox limits its queue, and cuts it into frames that a server accepts", async () => {
  const outbox = new Outbox();
  const waiting = Array.from(
    { length: 10_000 },
    () => outbox.add({ kind: 0, to: "", message: "x".repeat(300) }),
  );
  await assertRejects(
    () => outbox.add({ kind: 0, to: "", message: "one more" }),
    ChatError,
    "10,000 notes wait",
  );
  const frames = [...outbox.unsent()];
  assert(frames.every((posts) => posts.length <= 500 && posts.length * 300 <= 256 * 1024 + 300));
  assertEquals(frames.flat().length, 10_000);
  assertEquals([...outbox.unsent()], []);
  const ids = frames.flat().map((post) => post.id);
  assertEquals(new Set(ids).size, 10_000);
  for (const id of ids.slice(0, 9_000)) outbox.accept(id, 1);
  outbox.restart(300);
  assertEquals([...outbox.unsent()].flat().map((post) => post.id), ids.slice(9_000));
  outbox.close(new ChatError("unavailable", "left"));
  const results = await Promise.allSettled(waiting);
  assertEquals(results.filter((result) => result.status === "rejected").length, 1_000);
});
