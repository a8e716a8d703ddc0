import { assertEquals } from "@std/assert";
import { TokenBucket } from "../../../room/token_bucket.ts";

Deno.test("TokenBucket starts full, takes all or nothing, and is refilled up to its burst", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, 0);
  assertEquals([bucket.isFull(0), bucket.take(3, 0), bucket.isFull(0)], [true, 0, false]);
  assertEquals([bucket.take(3, 0), bucket.take(3, 0)], [100, 100]); // A refusal costs nothing.
  assertEquals([bucket.take(2, 0), bucket.delay(1, 0)], [0, 100]);
  assertEquals([bucket.take(1, 99), bucket.take(1, 100)], [1, 0]);
  const hour = 3_600_000;
  assertEquals([bucket.delay(5, hour), bucket.delay(6, hour)], [0, 100]);
});

Deno.test("TokenBucket is full again at the moment when its last token is back", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, 0);
  bucket.take(2, 0);
  assertEquals([bucket.isFull(199), bucket.isFull(200)], [false, true]);
});

Deno.test("TokenBucket takes back what was not used", () => {
  const bucket = new TokenBucket({ perSecond: 1, burst: 3 }, 0);
  bucket.take(3, 0);
  bucket.refund(2);
  assertEquals([bucket.take(2, 0), bucket.take(1, 0)], [0, 1_000]);
});

Deno.test("TokenBucket has enough for a client that waits as long as it was told", () => {
  for (const perSecond of [0.7, 3, 7, 9, 11]) {
    const bucket = new TokenBucket({ perSecond, burst: 3 }, 0);
    let now = 0;
    for (let i = 0; i < 1_000; i++) {
      const waitMs = bucket.take(1, now);
      if (waitMs === 0) continue;
      now += waitMs;
      assertEquals([perSecond, now, bucket.take(1, now)], [perSecond, now, 0]);
    }
    // What is left over by rounding up is not lost: the rate is exact in the long run.
    assertEquals(now <= Math.ceil(1_000 / perSecond * 1_000), true);
  }
});
