import { assert, assertEquals, assertRejects } from "@std/assert";
import type { ChatEvent } from "../../../client/chat.ts";
import { backoff, backoffWithin, sleep } from "../../../client/net/backoff.ts";
import { reconnecting } from "../../../client/net/reconnect.ts";
import { Replay } from "../../../client/session/replay.ts";
import { ChatError } from "../../../room/errors.ts";

Deno.test("backoff() doubles up to its limit, and subtracts up to half at random", () => {
  const waits = (random: number) =>
    [0, 1, 2, 9, 999].map((attempt) =>
      backoff(attempt, { firstMs: 100, longestMs: 1_000, random: () => random })
    );
  assertEquals(waits(0), [100, 200, 400, 1_000, 1_000]);
  assertEquals(waits(0.5), [75, 150, 300, 750, 750]);
  const wait = backoff(0);
  assert(wait >= 250 && wait <= 500, `${wait}`);
});

Deno.test("backoffWithin() leaves half of the time for the attempt, until there is too little", () => {
  assertEquals([10_000, 200, 100, 99].map((leftMs) => backoffWithin(leftMs, 20)), [
    5_000,
    100,
    50,
    undefined,
  ]);
});

Deno.test("sleep() waits as long as a timer can if the time is longer", async () => {
  const left = new AbortController();
  let over = false;
  const slept = sleep(2 ** 32, left.signal).then(() => over = true);
  await sleep(1, left.signal); // A timer that overflows fires after 1 ms, so before this one.
  assertEquals(over, false);
  left.abort();
  await slept;
});

function failing(error: ChatError): AsyncIterable<never> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) };
}

const OPTIONS = { address: "here:1", timeoutMs: 60_000, signal: new AbortController().signal };

Deno.test("reconnecting() retries after a temporary error", async () => {
  let attempts = 0;
  const seen: string[] = [];
  const left = new AbortController();
  const events = reconnecting(async function* (): AsyncGenerator<ChatEvent> {
    if (++attempts === 1) throw new ChatError("unavailable", "refused");
    yield { type: "connected", contract: "session", room: "lobby", name: "ann", members: [] };
  }, { ...OPTIONS, signal: left.signal });
  for await (const event of events) {
    seen.push(event.type === "disconnected" ? `disconnected: ${event.reason}` : event.type);
    if (seen.length === 3) left.abort();
  }
  assertEquals(seen, ["disconnected: refused", "connected", "disconnected: the connection ended"]);
});

Deno.test("reconnecting() does not retry a permanent error", async () => {
  for (const code of ["invalid", "unsupported"] as const) {
    const events = reconnecting(() => failing(new ChatError(code, "no")), OPTIONS);
    await assertRejects(() => events.next(), ChatError, 'Cannot join "here:1": no');
  }
});

Deno.test("reconnecting() gives up on a first connection, naming address and time", async () => {
  const attempt = () => failing(new ChatError("unavailable", "refused"));
  const events = reconnecting(attempt, { ...OPTIONS, timeoutMs: 100 });
  const error = await assertRejects(
    () => events.next(),
    ChatError,
    'Cannot reach "here:1": refused (tried for 0.1 s)',
  );
  assertEquals(error.code, "unavailable");
});

Deno.test("a first connection has its full time, even if the wall clock jumps", async () => {
  const { now } = Date;
  const left = new AbortController();
  let attempts = 0;
  const events = reconnecting(async function* (): AsyncGenerator<ChatEvent> {
    if (++attempts === 2) {
      yield { type: "connected", contract: "session", room: "lobby", name: "ann", members: [] };
    }
    Date.now = () => now() + 3_600_000;
    throw new ChatError("unavailable", "refused");
  }, { ...OPTIONS, signal: left.signal });
  try {
    const seen = [(await events.next()).value?.type, (await events.next()).value?.type];
    assertEquals(seen, ["disconnected", "connected"]);
  } finally {
    Date.now = now;
    left.abort();
    await events.return();
  }
});

const note = (message: string) => ({ name: "ann", message });

/** Feeds a stream to `replay` and returns the new notes. */
function news(replay: Replay, ...messages: string[]): string {
  replay.restart();
  return messages.filter((message) => !replay.repeats(note(message))).join("");
}

Deno.test("Replay passes on each note once over any number of streams", () => {
  const replay = new Replay();
  assertEquals(news(replay, "a", "b", "b"), "abb");
  assertEquals(news(replay, "a", "b", "b", "c"), "c");
  assertEquals(news(replay, "a"), "");
  assertEquals(news(replay, "a", "b", "b", "c", "c"), "c");
});

Deno.test("Replay passes on all of a transcript that starts over", () => {
  const replay = new Replay();
  assertEquals(news(replay, "a", "b", "c"), "abc");
  assertEquals(news(replay, "x", "b", "c"), "xbc");
  assertEquals(news(replay, "x", "b", "c", "d"), "d");
});

Deno.test("Replay knows the author of each note", () => {
  const replay = new Replay();
  assertEquals(replay.repeats({ name: "ab", message: "c" }), false);
  replay.restart();
  assertEquals(replay.repeats({ name: "a", message: "bc" }), false);
});
