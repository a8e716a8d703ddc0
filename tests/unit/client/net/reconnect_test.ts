import { assert, assertEquals, assertRejects } from "@std/assert";
import type { ChatEvent } from "../../../../client/chat.ts";
import { reconnecting, Restart } from "../../../../client/net/reconnect.ts";
import { ChatError } from "../../../../room/errors.ts";

function failing(error: ChatError): AsyncIterable<never> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) };
}

const CONNECTED: ChatEvent = {
  type: "connected",
  address: "here:1",
  contract: "session",
  room: "lobby",
  name: "ann",
  members: [],
};

const OPTIONS = { addresses: ["here:1"], timeoutMs: 60_000, signal: new AbortController().signal };

Deno.test("reconnecting() retries after a temporary error", async () => {
  let attempts = 0;
  const seen: string[] = [];
  const left = new AbortController();
  const events = reconnecting(async function* (): AsyncGenerator<ChatEvent> {
    if (++attempts === 1) throw new ChatError("unavailable", "refused");
    yield CONNECTED;
  }, { ...OPTIONS, signal: left.signal });
  for await (const event of events) {
    seen.push(event.type === "disconnected" ? `disconnected: ${event.reason}` : event.type);
    if (seen.length === 3) left.abort();
  }
  assertEquals(seen, ["disconnected: refused", "connected", "disconnected: the connection ended"]);
});

Deno.test("reconnecting() does not count a restart of its own as a failure", async () => {
  const left = new AbortController();
  const events = reconnecting(async function* (): AsyncGenerator<ChatEvent> {
    yield CONNECTED;
    throw new Restart("behind");
  }, { ...OPTIONS, signal: left.signal });
  const waits: number[] = [];
  for await (const event of events) {
    if (event.type !== "disconnected") continue;
    assertEquals(event.reason, "behind");
    if (waits.push(event.retryMs) === 3) left.abort();
  }
  for (const wait of waits) assert(wait <= 500, String(waits)); // A second failure in a row waits longer.
});

Deno.test("reconnecting() does not retry a permanent error", async () => {
  for (const code of ["invalid", "unsupported"] as const) {
    const events = reconnecting(() => failing(new ChatError(code, "no")), OPTIONS);
    await assertRejects(() => events.next(), ChatError, 'Cannot join "here:1": no');
  }
});

Deno.test("reconnecting() asks no other server after a permanent error", async () => {
  const asked: string[] = [];
  const attempt = (address: string) => {
    asked.push(address);
    return failing(new ChatError(address === "a:1" ? "unavailable" : "taken", "no"));
  };
  const options = { ...OPTIONS, addresses: ["a:1", "b:1", "c:1"] };
  const events = reconnecting(attempt, options);
  const first = await events.next();
  assertEquals(first.value, {
    type: "disconnected",
    address: "a:1",
    reason: "no",
    retryMs: 0,
    next: "b:1",
  });
  await assertRejects(() => events.next(), ChatError, 'Cannot join "b:1": no');
  assertEquals(asked, ["a:1", "b:1"]);
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
      yield CONNECTED;
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

Deno.test("reconnecting() retries after a connection what would be final before, but not a removal", async () => {
  const ends = [new ChatError("missing", "no room"), new ChatError("forbidden", "banned")];
  const events = reconnecting(async function* (): AsyncGenerator<ChatEvent> {
    yield CONNECTED;
    throw ends.shift();
  }, OPTIONS);
  const seen: (string | undefined)[] = [];
  await assertRejects(
    async () => {
      for await (const event of events) seen.push(event.type);
    },
    ChatError,
    'Disconnected from "here:1": banned',
  );
  assertEquals(seen, ["connected", "disconnected", "connected"]);
});

Deno.test("reconnecting() bounds an attempt, and not the connection that it makes", async () => {
  const left = new AbortController();
  const aborted: boolean[] = [];
  const events = reconnecting(async function* (_, signal): AsyncGenerator<ChatEvent> {
    yield CONNECTED;
    await new Promise((resolve) => setTimeout(resolve, 50)); // Longer than an attempt may take.
    aborted.push(signal.aborted);
  }, { ...OPTIONS, timeoutMs: 10, signal: left.signal });
  for await (const { type } of events) if (type === "disconnected") left.abort();
  assertEquals(aborted, [false]);
});

Deno.test("reconnecting() takes no result of an abandoned attempt for an answer", async () => {
  // deno-lint-ignore require-yield -- it never connects
  const events = reconnecting(async function* (_, signal): AsyncGenerator<ChatEvent> {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    throw new ChatError("invalid", "cut");
  }, { ...OPTIONS, timeoutMs: 10 });
  const error = await assertRejects(() => events.next(), ChatError, 'Cannot reach "here:1"');
  assertEquals([error.code, error.message.includes("cut")], ["unavailable", false]);
});

Deno.test("reconnecting() waits before it tries again", async () => {
  const left = new AbortController();
  const attempt = () => failing(new ChatError("unavailable", "refused"));
  const events = reconnecting(attempt, { ...OPTIONS, signal: left.signal });
  const { value } = await events.next();
  const waits: (number | undefined)[] = [];
  const { setTimeout } = globalThis;
  globalThis.setTimeout = ((task: () => void, ms?: number) => {
    waits.push(ms);
    return setTimeout(task, ms);
  }) as typeof setTimeout;
  const next = events.next();
  globalThis.setTimeout = setTimeout;
  assertEquals(waits, [value?.type === "disconnected" ? value.retryMs : undefined]);
  left.abort();
  assertEquals((await next).done, true);
});
