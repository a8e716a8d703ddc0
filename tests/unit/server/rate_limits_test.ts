import { assert, assertEquals, assertThrows } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import { toNetwork, UNIX } from "../../../room/network.ts";
import { RateLimiter } from "../../../server/access/rate_limiter.ts";
import {
  createRateLimits,
  RateLimits,
  type RateLimitsOptions,
} from "../../../server/access/rate_limits.ts";
import type { Bounds } from "../../../server/bounds.ts";
import { TokenBuckets } from "../../../server/access/token_buckets.ts";

/** Limits with a clock that the test sets. */
function allowances(options: Partial<RateLimitsOptions>) {
  const clock = { now: 0 };
  const none = { perSecond: 0, burst: 1 };
  const all = {
    ...{ notes: none, joins: none, rooms: none, names: none, searches: none, topics: none },
    orders: none,
    now: () => clock.now,
  };
  return Object.assign(clock, { allowances: new RateLimits({ ...all, ...options }) });
}

/** The number of times that `take` succeeds in a row, at most a thousand. */
function times(take: () => void): number {
  for (let i = 0; i < 1_000; i++) {
    try {
      take();
    } catch (error) {
      assert(error instanceof ChatError && error.code === "limited");
      return i;
    }
  }
  return 1_000;
}

Deno.test("RateLimits allow a person 10 new rooms, then 1 a minute, independent of other limits", () => {
  const clock = allowances({ rooms: { perSecond: 1 / 60, burst: 10 } });
  const { allowances: all } = clock;
  const bob = { key: "SHA256:bob", network: "10.0.0.1" };
  const room = (who: { key: string | undefined; network: string }) => () =>
    all.consumeRoom("r", who);
  assertEquals(times(room(bob)), 10);
  assertEquals(times(room({ ...bob, network: "10.0.0.2" })), 0); // The key is known there too.
  assertEquals(times(room({ key: "SHA256:cat", network: "10.0.0.1" })), 0);
  assertEquals(times(room({ key: undefined, network: "10.0.0.1" })), 0);
  assertEquals(times(room({ key: "SHA256:cat", network: "10.0.0.2" })), 10);
  const error = assertThrows(room(bob), ChatError);
  assertEquals(error.retryMs, 60_000);
  clock.now = 60_000;
  assertEquals(times(room(bob)), 1);
  clock.now += 3_600_000;
  assertEquals(times(room(bob)), 10);
});

Deno.test("RateLimits allow so many orders of a key, and of all in a network who are no operators", () => {
  const clock = allowances({ orders: { perSecond: 10, burst: 100 } });
  const order = (key: string | undefined, network: string, isOperator = false) => () =>
    clock.allowances.consumeOrder({ key, network }, isOperator);
  assertEquals(times(order("SHA256:bob", "10.0.0.1")), 100);
  assertEquals(times(order("SHA256:bob", "10.0.0.2")), 0);
  assertEquals(times(order("SHA256:cat", "10.0.0.1")), 0);
  assertEquals(times(order(undefined, "10.0.0.1")), 0);
  assertEquals(times(order("SHA256:cat", "10.0.0.1", true)), 100);
  const error = assertThrows(order("SHA256:cat", "10.0.0.1", true), ChatError);
  assertEquals(
    [error.message, error.retryMs],
    ["Too many orders: wait 0.1 s (at most 10 a second, 100 at once)", 100],
  );
  clock.now = 100;
  assertEquals(times(order("SHA256:cat", "10.0.0.1")), 1);
});

Deno.test("RateLimits allow so many changes of topics of a key, and of all keys in a network", () => {
  const clock = allowances({ topics: { perSecond: 0.1, burst: 10 } });
  const topic = (key: string, network: string) => () =>
    clock.allowances.consumeTopic({ key, network });
  assertEquals(times(topic("SHA256:bob", "10.0.0.1")), 10);
  assertEquals(times(topic("SHA256:bob", "10.0.0.2")), 0);
  assertEquals(times(topic("SHA256:cat", "10.0.0.1")), 0);
  const error = assertThrows(topic("SHA256:cat", "10.0.0.1"), ChatError);
  assertEquals(
    [error.message, error.retryMs],
    ["Too many changes of topics: wait 10 s (at most 6 a minute, 10 at once)", 10_000],
  );
  clock.now = 10_000;
  assertEquals(times(topic("SHA256:bob", "10.0.0.1")), 1);
});

Deno.test("RateLimits refuse nothing without a rate", () => {
  const { allowances: all } = allowances({});
  const eve = { key: undefined, network: "10.0.0.1" };
  assertEquals(times(() => all.consumeName("n", eve)), 1_000);
  assertEquals(times(() => all.consumeJoin(eve)), 1_000);
  assertEquals(times(() => all.consumeTopic(eve)), 1_000);
  assertEquals(times(() => all.consumeNote(eve)), 1_000);
});

Deno.test("RateLimits separate networks, but not the addresses in one, nor those on Unix sockets", () => {
  const { allowances: all } = allowances({ notes: { perSecond: 1, burst: 1 } });
  const addresses = [
    ...["10.0.0.1", "10.0.0.2", "::ffff:10.0.0.1"],
    ...["2001:db8::1", "2001:db8::2", "2001:db8:1::1"],
  ];
  const passes = (network: string) => times(() => all.consumeNote({ key: undefined, network }));
  assertEquals(addresses.map(toNetwork).map(passes), [1, 1, 0, 1, 0, 1]);
  assertEquals(passes(UNIX), 1_000);
});

Deno.test("two sessions share one limit, and each keeps its own order", () => {
  const clock = allowances({ notes: { perSecond: 10, burst: 2 } });
  const bob = { key: "SHA256:bob", network: "10.0.0.1" };
  const [one, other] = [clock.allowances.sessionLimiter(bob), clock.allowances.sessionLimiter(bob)];
  const passes = (pass: () => void) => times(pass) > 0;
  one.take(0);
  other.take(0);
  assertThrows(() => one.take(0), ChatError);
  clock.now = 1_000;
  // The other one has had no refusal, and waits for nobody.
  assertEquals([times(() => other.take(0)), passes(() => one.take(0))], [2, false]);
  clock.now = 2_000;
  assertEquals(passes(() => one.take(2)), true);
});

Deno.test("on Unix sockets each session without a key has its own limit, and a key has one", () => {
  const { allowances: all } = allowances({ notes: { perSecond: 1, burst: 3 } });
  const taken = (key: string | undefined) => {
    const paces = [1, 2, 3].map(() => all.sessionLimiter({ key, network: UNIX }));
    return paces.map((limiter) => times(() => limiter.take()));
  };
  assertEquals([taken(undefined), taken("SHA256:bob")], [[3, 3, 3], [3, 0, 0]]);
});

Deno.test("TokenBuckets drop full buckets only", () => {
  let now = 0;
  const buckets = new TokenBuckets({ perSecond: 1, burst: 2 }, () => now);
  for (let i = 0; i < 100_000; i++, now++) buckets.get(`key ${i}`).take(1, now);
  assert(buckets.size < 5_000, `${buckets.size}`);
  assertEquals(buckets.get("key 99999").delay(2, now), 999);
});

Deno.test("TokenBuckets keep one that is not full, however many others come", () => {
  let now = 0;
  const buckets = new TokenBuckets({ perSecond: 0.001, burst: 2 }, () => now);
  buckets.get("busy").take(2, now);
  for (let i = 0; i < 10_000; i++) buckets.get(`key ${i}`);
  now = 1_000;
  assertEquals(buckets.get("busy").delay(1, now), 999_000);
});

Deno.test("RateLimiter refuses posts that were sent before their author knew of a refusal", () => {
  let now = 0;
  const limiter = new RateLimiter({ perSecond: 1, burst: 1 }, () => now);
  const retryMs = (known?: number) => {
    try {
      limiter.take(known);
      return 0;
    } catch (error) {
      return (error as ChatError).retryMs;
    }
  };
  assertEquals([retryMs(0), retryMs(0)], [0, 1_000]);
  now = 5_000; // There are enough tokens again.
  assertEquals([retryMs(0), retryMs(2), retryMs()], [1, 0, 1_000]);
});

Deno.test("RateLimiter without a rate refuses nothing", () => {
  const limiter = new RateLimiter({ perSecond: 0, burst: 1 }, () => 0);
  assertEquals(times(() => limiter.take(0)), 1_000);
});

Deno.test("createRateLimits() limits nothing where a bound is 0", () => {
  const bob = { key: "SHA256:bob", network: "10.0.0.1" };
  const passes = (bounds: Partial<Bounds>) => {
    const all = { rate: 1, burst: 1, joinBurst: 1, newRooms: 1, newNames: 1, ...bounds };
    const limits = createRateLimits(all as Bounds);
    return [
      times(() => limits.consumeNote(bob)),
      times(() => limits.consumeJoin(bob)),
      times(() => limits.consumeRoom("r", bob)),
      times(() => limits.consumeName("n", bob)),
      times(() => limits.consumeSearch(bob)),
      times(() => limits.consumeTopic(bob)),
    ].map((count) => count === 1_000);
  };
  assertEquals(passes({}), [false, false, false, false, false, false]);
  assertEquals(passes({ rate: 0 }), [true, true, false, false, true, true]);
  assertEquals(passes({ joinBurst: 0 }), [false, true, false, false, false, false]);
  assertEquals(passes({ newRooms: 0, newNames: 0 }), [false, false, true, true, false, false]);
});
