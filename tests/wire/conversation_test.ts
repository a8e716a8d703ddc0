import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "../../client.ts";
import { renderHeader } from "../../client/render/header.ts";
import { PLAIN_VIEW } from "../../client/render/render.ts";
import { renderRow } from "../../client/render/row.ts";
import { Conversation } from "../../client/conversation/conversation.ts";
import { Transcript } from "../../client/conversation/transcript.ts";
import { type Chat, ChatError, serve } from "../../mod.ts";
import { STATUS } from "../../proto/status.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { FakeServer, welcome } from "../support/wire/fake_server.ts";
import { Proxy } from "../support/wire/proxy.ts";

const open = () => serve({ address: "127.0.0.1:0", rate: 0 });

/** A person who talks in a conversation, and their screen. */
class TestConversation implements AsyncDisposable {
  readonly conversation: Conversation;
  readonly shown: string[] = [];
  /** The reason of its end; empty until then. */
  end = "";
  readonly ended: Promise<void>;
  #wake: () => void = () => {};

  private constructor(chat: Chat, left: AbortController) {
    const transcript = new Transcript({
      now: Date.now,
      header: (event) => renderHeader(event, 80),
    });
    this.conversation = new Conversation({
      location: { chat, left },
      room: "lobby",
      transcript,
      onNews: ({ rows }) => {
        this.shown.push(...rows.flatMap((row) => renderRow(row, PLAIN_VIEW)));
        this.#wake();
      },
    });
    this.ended = this.conversation.run().then(
      () => void (this.end = "left"),
      (error) => void (this.end = error.message),
    ).finally(() => this.#wake());
  }

  /** Joins `address` under `name`. */
  static async join(name: string, address: string): Promise<TestConversation> {
    const left = new AbortController();
    const chat = await join({ name, address, timeoutMs: 60_000, signal: left.signal });
    return new TestConversation(chat, left);
  }

  /** Waits until a line was shown that contains `text`. Fails if the conversation ends before. */
  async sees(text: string): Promise<void> {
    while (!this.shown.some((line) => line.includes(text))) {
      if (this.end !== "") throw new Error(`ended (${this.end}) without "${text}": ${this.shown}`);
      await new Promise<void>((wake) => this.#wake = wake);
    }
  }

  /** Waits until a condition is true that changes only when a line is shown. */
  async until(is: () => boolean): Promise<void> {
    while (!is()) await new Promise<void>((wake) => this.#wake = wake);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.conversation.leave();
    await this.ended;
  }
}

Deno.test("Conversation stays where it is when a move is refused, even after a successful one", async () => {
  await using server = await open();
  await using bob = joinLibraryChat("bob", server.address);
  await bob.until(({ happened }) => happened.includes("connected"));
  await using ann = await TestConversation.join("ann", server.address);
  await ann.sees("lobby");
  for (const to of ["anna", "hanna"]) {
    await ann.conversation.move({ name: to });
    await ann.sees(`you are now ${to}`);
    const error = await assertRejects(() => ann.conversation.move({ name: "bob" }), ChatError);
    assertEquals(error.message, 'name "bob" is taken');
    ann.shown.length = 0;
    await ann.conversation.say(`still ${to}`);
    await bob.until(({ heard }) => heard.includes(`still ${to}`));
  }
  assertEquals(ann.end, "");
});

Deno.test("Conversation shows each note once while a person changes names", async () => {
  await using server = await open();
  await using bob = joinLibraryChat("bob", server.address);
  await using ann = await TestConversation.join("ann", server.address);
  await ann.sees("lobby");
  let talking = true;
  let said = 0;
  const talk = (async () => {
    while (talking) await Promise.all(Array.from({ length: 5 }, () => bob.say(`note ${++said}`)));
  })();
  for (let i = 0; i < 10; i++) {
    await ann.conversation.move({ name: `ann ${i}` });
    await ann.sees(`you are now ann ${i}`);
  }
  talking = false;
  await talk;
  await ann.sees(`note ${said}`);
  const notes = ann.shown.filter((line) => line.startsWith("[~bob]"));
  assertEquals(notes, Array.from({ length: said }, (_, i) => `[~bob] note ${i + 1}`));
});

Deno.test("Conversation makes one move at a time, and leaves no session open", async () => {
  await using server = await open();
  await using proxy = new Proxy(server.address);
  await using watcher = joinLibraryChat("watcher", server.address);
  await watcher.until(({ happened }) => happened.includes("connected"));
  await using ann = await TestConversation.join("ann", proxy.address);
  await ann.sees("lobby");
  proxy.pause();
  const said = ann.conversation.say("unanswered for a while");
  const first = ann.conversation.move({ name: "anna" });
  const error = await assertRejects(() => ann.conversation.move({ last: 5 }), ChatError);
  assertEquals(error.message, 'The change of name to "anna" is still under way');
  proxy.resume();
  await Promise.all([said, first]);
  await watcher.until(({ happened }) => happened.includes("ann>anna"));
  const { rooms } = await watcher.rooms();
  assertEquals(rooms, [{ name: "lobby", members: 2, topic: "" }]);
});

for (
  const [to, words] of [
    [{ name: "anna" }, 'The change of name to "anna"'],
    [{ last: 5 }, "The move back in the history"],
  ] as const
) {
  Deno.test(`Conversation reports what prevents a move: ${words}`, async () => {
    await using server = await open();
    await using ann = await TestConversation.join("ann", server.address);
    await ann.sees("lobby");
    const moving = ann.conversation.move(to);
    const error = await assertRejects(() => ann.conversation.move({ name: "eve" }), ChatError);
    assertEquals(error.message, `${words} is still under way`);
    const before = ann.conversation.chat;
    await moving;
    assert(ann.conversation.chat !== before);
  });
}

Deno.test("Conversation goes nowhere if it was left in the meantime", async () => {
  await using server = await open();
  await using ann = await TestConversation.join("ann", server.address);
  await ann.sees("lobby");
  const before = ann.conversation.chat;
  const moving = ann.conversation.move({ name: "anna" });
  ann.conversation.leave();
  await Promise.all([moving, ann.ended]);
  assert(ann.conversation.chat === before);
  assertEquals(ann.end, "left");
});

Deno.test("Conversation ends with the reason when the person can neither move nor stay", async () => {
  let joins = 0;
  using server = await FakeServer.answering(({ join }) => {
    if (!join) return undefined;
    if (++joins === 1) return welcome(join);
    return { goodbye: { code: STATUS.forbidden, reason: "enough" } };
  });
  await using proxy = new Proxy(server.address);
  await using ann = await TestConversation.join("ann", proxy.address);
  await ann.sees("lobby");
  proxy.pause();
  const moving = ann.conversation.move({ name: "anna" });
  proxy.cut(); // It comes back, and is refused, before or after the move.
  proxy.resume();
  await moving.catch(() => {});
  await ann.ended;
  assertMatch(ann.end, /: enough$/);
});
