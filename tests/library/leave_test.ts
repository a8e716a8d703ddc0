import { assertEquals, assertRejects } from "@std/assert";
import { ChatError, join, serve } from "../../mod.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { FakeServer } from "../support/wire/fake_server.ts";

const open = () => serve({ address: "127.0.0.1:0", rate: 100, burst: 1 });

Deno.test("a chat that is disposed of has said everything, although the server limits the rate", async () => {
  await using server = await open();
  await using ann = joinLibraryChat("ann", server.address);
  await ann.until(({ happened }) => happened.includes("connected"));
  const said: Promise<unknown>[] = [];
  {
    await using bob = await join({ name: "bob", address: server.address });
    for (let i = 1; i <= 20; i++) said.push(bob.say(`${i}`));
  }
  const numbers = Array.from({ length: 20 }, (_, i) => i + 1);
  assertEquals(await Promise.all(said), numbers);
  await ann.until(({ happened }) => happened.includes("-bob left"));
  await ann.until(({ heard }) => heard.length === 20);
  assertEquals(ann.heard, numbers.map(String));
});

Deno.test("leave() ends the events at once, refuses further texts, and waits for answers", async () => {
  await using server = await open();
  const bob = await join({ name: "bob", address: server.address });
  const said = bob.say("last words");
  const left = bob.leave();
  assertEquals(await Array.fromAsync(bob.events()), []);
  const error = await assertRejects(() => bob.say("more"), ChatError, "The chat has been left");
  assertEquals(error.code, "unavailable");
  await left;
  assertEquals(await said, 1);
  await bob.leave(); // Once more does nothing.
});

Deno.test("leave() from within the loop over the events ends the loop", async () => {
  await using server = await open();
  const bob = await join({ name: "bob", address: server.address });
  const types: string[] = [];
  for await (const { type } of bob.events()) {
    types.push(type);
    await bob.leave();
  }
  assertEquals(types, ["connected"]);
});

Deno.test("breaking off the loop leaves the chat once everything said is answered", async () => {
  await using server = await open();
  const bob = await join({ name: "bob", address: server.address });
  const said: Promise<unknown>[] = [];
  for await (const _ of bob.events()) {
    for (let i = 1; i <= 5; i++) said.push(bob.say(`${i}`));
    break;
  }
  assertEquals(await Promise.all(said), [1, 2, 3, 4, 5]);
});

Deno.test("leave() waits for answers no longer than it should", async () => {
  using server = await FakeServer.accepting(1);
  const bob = await join({ name: "bob", address: server.address });
  await bob.say("1");
  const said = bob.say("2"); // Which is never answered.
  const refused = assertRejects(() => said, ChatError, "Left before the server had answered");
  await server.posted;
  await bob.leave({ timeoutMs: 1 });
  await refused;
});

Deno.test("leave() of a chat that has ended with an error returns, and the events have the error", async () => {
  await using server = await open();
  const bob = await join({ name: "bob", address: server.address });
  const rival = await bob.move({ name: "rob", signal: new AbortController().signal });
  await bob.say("x").catch(() => {}); // The other chat has replaced this one.
  await bob.leave();
  const error = await assertRejects(() => Array.fromAsync(bob.events()), ChatError);
  assertEquals(error.code, "replaced");
  await rival.leave();
});

Deno.test("a chat on a server of the original contract is left once its text is answered", async () => {
  using server = await FakeServer.original([]);
  const bob = await join({ name: "bob", address: server.address });
  const said = bob.say("last words");
  await bob.leave();
  await said;
  await assertRejects(() => bob.say("more"), ChatError, "The chat has been left");
  assertEquals(await Array.fromAsync(bob.events()), []);
});
