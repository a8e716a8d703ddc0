import { assertEquals } from "@std/assert";
import type { Chat, ChatEvent, SayOptions, SearchEnd, ShownNote } from "../../../../client/chat.ts";
import { FrontEnd } from "../../../../client/conversation/front_end.ts";
import { PLAIN_VIEW } from "../../../../client/render/render.ts";
import { renderRow } from "../../../../client/render/row.ts";
import { ChatError } from "../../../../room/errors.ts";
import { people } from "../../../support/people.ts";
import { connected } from "./chat_events.ts";

/** A chat whose answers the test gives. */
class FakeChat implements Chat {
  readonly said: string[] = [];
  readonly answers: PromiseWithResolvers<number | undefined>[] = [];
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  async *events(): AsyncGenerator<ChatEvent, void> {
    yield connected(0, { members: people(["ann", "bob", "cy"]) });
    await new Promise((resolve) => this.#signal.addEventListener("abort", resolve));
  }

  say(message: string, { to = "everybody" }: SayOptions = {}): Promise<number | undefined> {
    this.said.push(`${to}: ${message}`);
    const answer = Promise.withResolvers<number | undefined>();
    this.answers.push(answer);
    return answer.promise;
  }

  leave(): Promise<never> {
    return Promise.reject(new ChatError("unsupported", "left by its signal"));
  }

  [Symbol.asyncDispose](): Promise<never> {
    return this.leave();
  }

  rooms(): Promise<never> {
    return Promise.reject(new ChatError("unsupported", "no rooms"));
  }

  setTopic(): Promise<never> {
    return Promise.reject(new ChatError("unsupported", "no topics"));
  }

  order(): Promise<never> {
    return Promise.reject(new ChatError("unsupported", "no orders"));
  }

  open(): Promise<never> {
    return Promise.reject(new ChatError("unsupported", "no other rooms"));
  }

  async *search(): AsyncGenerator<ShownNote, SearchEnd, void> {
    for (const name of ["cy", "ann", "bob"]) {
      yield { seq: 7, name, message: "found", kind: "said", verified: true };
    }
    return await Promise.resolve({ searched: 1, more: false });
  }

  move(): Promise<never> {
    return Promise.reject(new ChatError("unsupported", "no moves"));
  }
}

/** Bob's chat, from the moment that he is there until the body has ended. */
async function chatting(
  body: (
    bob: { frontEnd: FrontEnd; chat: FakeChat; shown: string[]; restored: string[] },
  ) => Promise<void>,
): Promise<void> {
  const left = new AbortController();
  const chat = new FakeChat(left.signal);
  const shown: string[] = [];
  const restored: string[] = [];
  const here = Promise.withResolvers<void>();
  const options = { addresses: ["h:1"], bell: "off", quiet: false } as const;
  const frontEnd = new FrontEnd({ chat, left, room: "lobby" }, options, {
    show: (rows) => shown.push(...rows.flatMap((row) => renderRow(row, PLAIN_VIEW))),
    ring: () => {},
    enter: () => {},
    forget: () => "",
    update: () => {},
    restore: (text) => restored.push(text) > 0,
    header: () => (here.resolve(), []),
    typed: () => "",
    clear: () => {},
    close: () => {},
  });
  const running = frontEnd.run();
  await here.promise;
  await body({ frontEnd, chat, shown, restored });
  frontEnd.leave();
  await running;
}

Deno.test("FrontEnd puts a refused private text back only while it would go to the same person", async () => {
  await chatting(async ({ frontEnd, chat, shown, restored }) => {
    const refuse = () => chat.answers.at(-1)!.reject(new ChatError("too_large", "too large"));
    await frontEnd.handle("/query ann");
    const first = frontEnd.handle("one");
    refuse();
    await first;
    assertEquals(restored, ["one"]);
    for (const next of ["/query", "/query cy"]) {
      await frontEnd.handle("/query ann");
      const secret = frontEnd.handle("secret");
      await frontEnd.handle(next);
      refuse();
      await secret;
      assertEquals(shown.at(-1), "-- not sent: too large: secret --");
    }
    await frontEnd.handle("/query");
    const open = frontEnd.handle("open");
    await frontEnd.handle("/query ann");
    refuse();
    await open;
    assertEquals(shown.at(-1), "-- not sent: too large: open --");
    assertEquals(restored, ["one"]);
    assertEquals(chat.said, ["ann: one", "ann: secret", "ann: secret", "everybody: open"]);
  });
});

Deno.test("FrontEnd gives a /query back whose person is not there, before anything is said", async () => {
  await chatting(async ({ frontEnd, chat, shown, restored }) => {
    await frontEnd.handle("/query amn secret");
    assertEquals(restored, ["/query amn secret"]);
    assertEquals(shown.at(-1)?.startsWith('-- not sent: "amn" is not here'), true);
    assertEquals(chat.said, []);
  });
});

Deno.test("FrontEnd shows what a search finds, but not what ignored people have said", async () => {
  await chatting(async ({ frontEnd, shown }) => {
    await frontEnd.handle("/ignore cy");
    shown.length = 0;
    await frontEnd.handle("/search found");
    assertEquals(shown, [
      "── notes with found, newest first ──",
      "#7 [ann] found",
      "#7 [bob] found",
      "-- 2 notes found; /history #SEQ shows what was around one --",
    ]);
    shown.length = 0;
    await frontEnd.handle("/history #7");
    await frontEnd.handle("/ignore bob"); // One's own notes are found all the same.
    assertEquals(shown.slice(1, 3), ["#7 [bob] found", "#7 [ann] found"]);
    shown.length = 0;
    await frontEnd.handle("/search found");
    assertEquals(shown.slice(1, 3), ["#7 [ann] found", "#7 [bob] found"]);
  });
});
