import { assert, assertEquals, assertMatch } from "@std/assert";
import { Identity } from "../../../client/profile/identity.ts";
import { serve, type ServerEvent } from "../../../mod.ts";
import { ChatError } from "../../../room/errors.ts";
import { RateLimiter } from "../../../server/access/rate_limiter.ts";
import { TokenBucket } from "../../../room/token_bucket.ts";
import { enter, joinLibraryChat, type LibraryChat } from "../../support/library_chat.ts";
import { run, startServer } from "../../support/program.ts";
import { failure, Peer } from "../../support/wire/grpc_peer.ts";

Deno.test("TokenBucket has its burst, then refills over time, and returns how long to wait", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0);
  assertEquals([1, 2, 3, 4].map(() => bucket.take(1, 0)), [0, 0, 0, 100]);
  assertEquals([bucket.take(1, 99), bucket.take(1, 100), bucket.take(1, 100)], [1, 0, 100]);
  assertEquals([bucket.isFull(399), bucket.isFull(400)], [false, true]);
  assertEquals([bucket.take(4, 10_000), bucket.take(3, 10_000)], [100, 0]);
});

Deno.test("TokenBucket never exceeds its burst, however long it rests or is refunded", () => {
  const bucket = new TokenBucket({ perSecond: 1, burst: 2 }, 0);
  bucket.refund(5);
  assertEquals([bucket.take(2, 1_000_000), bucket.take(1, 1_000_000)], [0, 1_000]);
});

/**
 * Lets `limiter` check posts whose authors had seen this many refusals. Returns true for each that
 * passed.
 */
function pass(limiter: RateLimiter, ...known: (number | undefined)[]): boolean[] {
  return known.map((known) => {
    try {
      limiter.take(known);
      return true;
    } catch (error) {
      assert(error instanceof ChatError && error.code === "limited");
      return false;
    }
  });
}

Deno.test("RateLimiter refuses posts sent before their author saw a refusal, however much time has passed", () => {
  let now = 0;
  const limiter = new RateLimiter({ perSecond: 10, burst: 1 }, () => now);
  assertEquals(pass(limiter, 0, 0), [true, false]);
  now = 1_000;
  assertEquals(pass(limiter, 0, 1, 3), [false, false, true]);
});

Deno.test("RateLimiter accepts posts of peers that do not count refusals as soon as the time is up", () => {
  let now = 0;
  const limiter = new RateLimiter({ perSecond: 10, burst: 1 }, () => now);
  assertEquals(pass(limiter, undefined, undefined), [true, false]);
  now = 100;
  assertEquals(pass(limiter, undefined), [true]);
});

Deno.test("a RateLimiter of 0 per second refuses nothing", () => {
  const limiter = new RateLimiter({ perSecond: 0, burst: 1 }, () => 0);
  assertEquals(pass(limiter, 0, 0, 0), [true, true, true]);
});

Deno.test("A session that posts too fast gets the time to wait, and its later posts wait, too", async () => {
  await using server = await serve({ address: "127.0.0.1:0", rate: 2, burst: 3 });
  await using ann = joinLibraryChat("ann", server.address, { pace: false });
  const said = await Promise.allSettled([1, 2, 3, 4, 5].map((n) => ann.say(`${n}`)));
  assertEquals(said.map(({ status }) => status), [
    ...Array.from({ length: 3 }, () => "fulfilled" as const),
    ...Array.from({ length: 2 }, () => "rejected" as const),
  ]);
  for (const result of said.slice(3)) {
    const { reason } = result as PromiseRejectedResult;
    assertEquals(reason.code, "limited");
    assertMatch(reason.message, /^Too many notes: wait 0\.\d s \(at most 2 a second, 3 at once\)$/);
    assert(reason.retryMs > 0 && reason.retryMs <= 500, `${reason.retryMs}`);
  }
});

Deno.test("A flood of orders is refused with the time to wait, and cuts nobody off", async () => {
  const [ann, bob, op] = await Promise.all([1, 2, 3].map(() => Identity.generate()));
  await using server = await serve({ address: "127.0.0.1:0", operators: op!.fingerprint });
  await using flooder = await enter("ann", server.address, { identity: ann });
  await using other = await enter("bob", server.address, { identity: bob });
  await using operator = await enter("op", server.address, { identity: op });
  /** Gives 200 orders at once, and returns the reasons why some are refused. */
  const flood = async (chat: LibraryChat): Promise<ChatError[]> => {
    const orders = Array.from({ length: 200 }, () => chat.order({ action: "own", name: "" }));
    const answers = await Promise.allSettled(orders);
    return answers.filter((answer) => answer.status === "rejected").map(({ reason }) => reason);
  };
  const refusals = await flood(flooder);
  assert(refusals.length > 0 && refusals.length <= 100, `${refusals.length} are refused`);
  for (const { code, message, retryMs = 0 } of refusals) {
    assertEquals(code, "limited");
    assertMatch(message, /^Too many orders: wait 0\.1 s \(at most 10 a second, 100 at once\)$/);
    assert(retryMs > 0 && retryMs <= 100, `${retryMs}`);
  }
  assert((await flood(other)).length > 100, "another key is another person");
  await operator.order({ action: "mute", name: "bob" }); // Nobody keeps operators from acting.
  assertEquals(await flooder.say("still here"), 1);
  assertEquals([...flooder.reasons, ...other.reasons], []);
});

Deno.test("A paste of many lines is one note for the rate", async () => {
  await using server = await serve({ address: "127.0.0.1:0", rate: 1, burst: 1 });
  await using ann = joinLibraryChat("ann", server.address);
  assertEquals(await ann.say("line\n".repeat(100)), 1);
});

Deno.test("SendNote has a rate for each address, and a status with the time to wait", async () => {
  const refused: string[] = [];
  const onEvent = (event: ServerEvent) => {
    if (event.type === "refused") refused.push(event.reason);
  };
  await using server = await serve({ address: "127.0.0.1:0", rate: 1, burst: 2, onEvent });
  for (let i = 0; i < 2; i++) {
    using peer = new Peer(server.address); // Another connection makes no difference.
    await peer.send({ name: "ann", message: "hi" });
  }
  using peer = new Peer(server.address);
  const { code, details } = await failure(peer.send({ name: "ann", message: "hi" }));
  assertEquals(code, 8);
  assertMatch(details, /^Too many notes: wait (0\.\d|1) s \(at most 1 a second, 2 at once\)$/);
  assertEquals(refused, [details]);
});

for (
  const [what, command, args] of [
    ["chat send --lines", "send", ["--lines", "--name", "ann", "--timeout", "2"]],
    ["chat join with a pipe", "join", ["--name", "ann"]],
  ] as const
) {
  Deno.test(`${what} paces itself to a rate, and keeps the order`, async () => {
    await using server = await startServer(["--quiet", "--rate", "200", "--log-level", "info"]);
    const numbers = Array.from({ length: 500 }, (_, i) => `${i + 1}`);
    const { code, stderr } = await run(command, ["--server", server.address, ...args], {
      stdin: numbers.map((number) => `${number}\n`).join(""),
    });
    assertEquals([code, stderr], [0, ""]);
    using peer = new Peer(server.address);
    const notes = await peer.read(500);
    assertEquals(notes.map(({ message }) => message), numbers);
    assertMatch(server.stderr, / info refused kind=limited reason="Too many notes: /);
  });
}
