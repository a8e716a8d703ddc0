import { assertEquals, assertRejects } from "@std/assert";
import type { ChatEvent } from "../../../../client/chat.ts";
import { Backlog } from "../../../../client/session/backlog.ts";
import { NO_TOPIC } from "../../../../room/topic.ts";
import { settles } from "../../../support/settles.ts";

const notes = (count: number, message = "x"): ChatEvent => ({
  type: "notes",
  notes: Array.from({ length: count }, () => ({ name: "ann", message, kind: "said" })),
});
const connected: ChatEvent = {
  type: "connected",
  address: "h:1",
  contract: "session",
  ...{ room: "lobby", name: "ann", members: [] },
};
const outage = (reason: string): ChatEvent => ({
  type: "disconnected",
  address: "h:1",
  next: "h:1",
  reason,
  retryMs: 1,
});

Deno.test("a full Backlog stays full until half of it is read", async () => {
  const backlog = new Backlog();
  const events = backlog.read();
  for (let i = 0; i < 10; i++) {
    assertEquals(backlog.isFull, false);
    backlog.push(notes(1_000));
  }
  const never = new AbortController().signal;
  const ready = backlog.ready(never);
  for (let i = 0; i < 5; i++) {
    assertEquals([backlog.isFull, await settles(ready)], [true, false]);
    await events.next();
  }
  assertEquals([backlog.isFull, await settles(ready)], [false, true]);
});

Deno.test("a Backlog counts characters, too", () => {
  const backlog = new Backlog();
  for (let i = 0; i < 8; i++) {
    assertEquals(backlog.isFull, false);
    backlog.push(notes(16, "x".repeat(64 * 1024)));
  }
  assertEquals(backlog.isFull, true);
});

const TEXT = "x".repeat(1024 * 1024);
const ann = { name: "ann", verified: false, sessions: 1 };
const longAnn = { ...ann, name: TEXT };
const muted: ChatEvent = { type: "muted", by: "ann", reason: "" };
/** Events in which one text is long: one for each text of each type. */
const LONG: Record<ChatEvent["type"], Record<string, ChatEvent>> = {
  connected: {
    room: { ...connected, room: TEXT },
    name: { ...connected, name: TEXT },
    history: { ...connected, head: { history: TEXT, seq: 0 } },
    members: { ...connected, members: [longAnn] },
    topic: { ...connected, topic: { ...NO_TOPIC, text: TEXT } },
  },
  notes: {
    name: { type: "notes", notes: [{ name: TEXT, message: "", kind: "said" }] },
    message: { type: "notes", notes: [{ name: "ann", message: TEXT, kind: "said" }] },
    to: { type: "notes", notes: [{ name: "ann", message: "", kind: "whisper", to: TEXT }] },
  },
  lost: {},
  joined: { name: { type: "joined", ...longAnn } },
  left: {
    name: { type: "left", reason: "", ...longAnn },
    reason: { type: "left", reason: TEXT, ...ann },
  },
  renamed: {
    name: { type: "renamed", was: "bob", ...longAnn },
    was: { type: "renamed", was: TEXT, ...ann },
  },
  sessions: { name: { type: "sessions", ...longAnn } },
  members: { members: { type: "members", members: [longAnn] } },
  muted: { by: { ...muted, by: TEXT }, reason: { ...muted, reason: TEXT } },
  topic: {
    text: { type: "topic", topic: { ...NO_TOPIC, text: TEXT } },
    by: { type: "topic", topic: { ...NO_TOPIC, by: TEXT } },
    lockedBy: { type: "topic", topic: { ...NO_TOPIC, lockedBy: TEXT } },
  },
  unmuted: { by: { type: "unmuted", by: TEXT } },
  disconnected: { reason: outage(TEXT) },
};

for (const [type, events] of Object.entries(LONG)) {
  for (const [text, event] of Object.entries(events)) {
    Deno.test(`a Backlog counts the characters of "${text}" in "${type}"`, async () => {
      const backlog = new Backlog();
      for (let i = 0; i < 8; i++) {
        assertEquals([i, backlog.isFull], [i, false]);
        backlog.push(event);
      }
      assertEquals(backlog.isFull, true);
      const reading = backlog.read();
      for (let i = 0; i < 5; i++) await reading.next();
      assertEquals(backlog.isFull, false);
    });
  }
}

Deno.test("a full Backlog is ready while an answer is awaited, and when we leave", async () => {
  let isAwaited = false;
  const backlog = new Backlog({ isAnswerAwaited: () => isAwaited });
  backlog.push(notes(10_000));
  const left = new AbortController();
  const ready = backlog.ready(left.signal);
  assertEquals(await settles(ready), false);
  isAwaited = true;
  backlog.wakeForAnswer();
  assertEquals(await settles(ready), true);
  isAwaited = false;
  const later = backlog.ready(left.signal);
  assertEquals(await settles(later), false);
  left.abort();
  assertEquals(await settles(later), true);
});

Deno.test("a full Backlog does not grow with outages", async () => {
  const backlog = new Backlog();
  backlog.push(notes(10_000));
  for (let i = 1; i <= 3; i++) {
    for (const reason of ["a", "b", `outage ${i}`]) backlog.push(outage(reason));
    backlog.push(connected);
  }
  backlog.push(outage("last"));
  backlog.end({ error: new RangeError("over") });
  const types: string[] = [];
  await assertRejects(
    async () => {
      for await (const event of backlog.read()) {
        types.push(event.type === "disconnected" ? event.reason : event.type);
      }
    },
    RangeError,
    "over",
  );
  assertEquals(types, ["notes", "outage 1", "connected", "last"]);
});

Deno.test("a Backlog that is stopped drops everything, ends, and has room again", async () => {
  const backlog = new Backlog();
  backlog.push(notes(10_000));
  const drained = backlog.drained();
  backlog.stop();
  backlog.push(connected);
  await drained;
  assertEquals(await Array.fromAsync(backlog.read()), []);
});

Deno.test("stopping a Backlog that has ended changes nothing", async () => {
  const backlog = new Backlog();
  backlog.push(connected);
  backlog.end({ error: new Error("kicked") });
  backlog.stop();
  const events = backlog.read();
  assertEquals((await events.next()).value, connected);
  await assertRejects(() => events.next(), Error, "kicked");
});

Deno.test("a Backlog that has ended with an error keeps that error", async () => {
  const backlog = new Backlog();
  backlog.end({ error: new Error("kicked") });
  backlog.end();
  backlog.end({ error: new Error("later") });
  await assertRejects(() => backlog.read().next(), Error, "kicked");
});

Deno.test("a Backlog wakes a reader that waits for events or for the end", async () => {
  const backlog = new Backlog();
  const events = backlog.read();
  const first = events.next();
  assertEquals(await settles(first), false);
  backlog.push(connected);
  assertEquals((await first).value, connected);
  const last = events.next();
  assertEquals(await settles(last), false);
  backlog.end();
  assertEquals((await last).done, true);
});

Deno.test("a full Backlog is drained once half of it is read", async () => {
  const backlog = new Backlog();
  for (let i = 0; i < 10; i++) backlog.push(notes(1_000));
  const drained = backlog.drained();
  backlog.wakeForAnswer(); // That is another reason to go on.
  assertEquals(await settles(drained), false);
  const events = backlog.read();
  for (let i = 0; i < 5; i++) await events.next();
  assertEquals(await settles(drained), true);
});

Deno.test("a Backlog with few long notes stays full until half of the characters are read", async () => {
  const backlog = new Backlog();
  for (let i = 0; i < 8; i++) backlog.push(notes(1, TEXT));
  const events = backlog.read();
  for (let i = 0; i < 4; i++) {
    assertEquals([i, backlog.isFull], [i, true]);
    await events.next();
  }
  await events.next();
  assertEquals(backlog.isFull, false);
});
