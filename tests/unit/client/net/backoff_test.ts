import { assert, assertEquals } from "@std/assert";
import { backoff, backoffWithin, LONGEST_MS, sleep } from "../../../../client/net/backoff.ts";

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

Deno.test("sleep() is over at once if its signal is aborted, before or meanwhile", async () => {
  await sleep(LONGEST_MS, AbortSignal.abort());
  const waking = new AbortController();
  const slept = sleep(LONGEST_MS, waking.signal);
  waking.abort();
  await slept;
});
