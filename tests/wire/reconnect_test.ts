import { assert, assertEquals, assertRejects } from "@std/assert";
import type { ChatEvent } from "../../client/chat.ts";
import { backoff, backoffWithin, sleep } from "../../client/net/backoff.ts";
import { reconnecting } from "../../client/net/reconnect.ts";
import { Identity } from "../../client/profile/identity.ts";
import { Replay } from "../../client/session/replay.ts";
import { serve } from "../../mod.ts";
import { ChatError } from "../../room/errors.ts";
import { joinLibraryChat, type LibraryChat } from "../support/library_chat.ts";
import { run, startServer } from "../support/program.ts";
import { late } from "../support/wire/error_pages.ts";
import { FakeServer, welcome } from "../support/wire/fake_server.ts";
import { Proxy } from "../support/wire/proxy.ts";

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
  await new Promise((resolve) => setTimeout(resolve, 20)); // A timer that overflows fires after 1 ms.
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

Deno.test("join() accepts an infinite timeout", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  await using bob = joinLibraryChat("bob", server.address, {
    timeoutMs: Infinity,
    keepaliveMs: Infinity,
  });
  await Promise.race([bob.ended, bob.say("one")]);
  assertEquals(bob.reasons, []);
});

/** Whether a client has connected again. */
const isBack = ({ happened }: LibraryChat) =>
  happened.filter((type) => type === "connected").length > 1;

Deno.test("unanswered posts are sent again after a reconnect, before anything else", async () => {
  const posted: string[][] = [[], []];
  let joins = 0;
  let cut = () => {};
  using server = await FakeServer.answering(({ join, posts = [] }) => {
    if (join) return joins++, welcome(join);
    const messages = posted[joins - 1]!;
    messages.push(...posts.map(({ message }) => message));
    if (joins === 1) return void cut();
    return { acks: posts.map(({ id }, index) => ({ id, seq: index + 1 })) };
  });
  await using proxy = new Proxy(server.address);
  cut = () => proxy.cut();
  await using bob = joinLibraryChat("bob", proxy.address);
  await bob.until(({ happened }) => happened.includes("connected"));
  const one = bob.say("one");
  one.catch(() => {}); // It may never happen: the result until then is checked first.
  await bob.until(isBack);
  await bob.say("two");
  assertEquals(posted, [["one"], ["one", "two"]]);
  await one;
});

Deno.test("an answer to an abandoned attempt ends nothing", async () => {
  await using server = await serve({ address: "127.0.0.1:0" });
  await using proxy = new Proxy(server.address);
  const identity = await Identity.generate(); // It is asked for a proof.
  await using bob = joinLibraryChat("bob", proxy.address, { identity, timeoutMs: 1_000 });
  await bob.say("one");
  proxy.answerBy(late(server.address));
  proxy.cut();
  await Promise.race([bob.ended, bob.until(({ reasons }) => reasons.includes("no answer"))]);
  proxy.answerBy();
  await Promise.race([bob.ended, bob.until(isBack)]);
  await Promise.race([bob.ended, bob.say("two")]);
  await Promise.race([bob.ended, bob.until(({ heard }) => heard.includes("two"))]);
  assertEquals(bob.heard, ["one", "two"]);
});

Deno.test("an answer to an abandoned first attempt does not count, and the exit code is 3", async () => {
  await using server = await startServer(["--quiet"]);
  await using proxy = new Proxy(server.address);
  proxy.answerBy(late(server.address));
  const args = ["--server", proxy.address, "--name", "bob", "--timeout", "1"];
  assertEquals(await run("join", args), {
    code: 3,
    stdout: "",
    stderr: `error: Cannot reach "${proxy.address}": no answer (tried for 1 s)\n`,
  });
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
