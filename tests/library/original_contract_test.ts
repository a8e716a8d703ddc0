import { assertEquals, assertRejects } from "@std/assert";
import { type Chat, ChatError, join } from "../../mod.ts";
import { FakeServer } from "../support/wire/fake_server.ts";

const { signal } = new AbortController();

/** What a chat does that a server of the original contract cannot do. */
const IMPOSSIBLE: readonly [what: string, act: (chat: Chat) => Promise<unknown>, words: string][] =
  [
    ["say() an action", (chat) => chat.say("waves", { kind: "action" }), "it has no actions"],
    ["say() a private note", (chat) => chat.say("hi", { to: "bob" }), "it has no private notes"],
    ["search()", (chat) => chat.search({ words: ["hi"] }).next(), "it cannot search"],
    ["open()", (chat) => chat.open({ room: "tea" }), "it has one room"],
    ["move() to another room", (chat) => chat.move({ room: "tea", signal }), "it has one room"],
    [
      "move() with last",
      (chat) => chat.move({ last: 1, signal }),
      "it cannot go back in its history",
    ],
  ];

for (const [what, act, words] of IMPOSSIBLE) {
  Deno.test(`${what} is refused at a server of the original contract, and the chat goes on`, async () => {
    using server = await FakeServer.original([{ name: "bob", message: "hello" }]);
    await using chat = await join({ name: "ann", address: server.address });
    const error = await assertRejects(() => act(chat), ChatError, words);
    assertEquals(error.code, "unsupported");
    await chat.say("still here");
    for await (const event of chat.events()) if (event.type === "notes") break;
  });
}

Deno.test("a chat without a name says nothing at a server of the original contract", async () => {
  using server = await FakeServer.original([]);
  await using chat = await join({ address: server.address });
  const error = await assertRejects(() => chat.say("hi"), ChatError);
  assertEquals([error.code, error.message], ["invalid", "A chat without a name only reads"]);
});
