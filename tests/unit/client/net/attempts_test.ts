import { assert, assertEquals } from "@std/assert";
import { Attempts, startingWith } from "../../../../client/net/attempts.ts";

const addresses = ["a:1", "b:1", "c:1"];

/** Fails so many times in a row. Returns the servers that were tried, and the waits. */
function fail(attempts: Attempts, count: number): { tried: string; waits: (number | undefined)[] } {
  const tried: string[] = [];
  const waits = Array.from({ length: count }, () => {
    tried.push(attempts.address[0]!);
    return attempts.failed("refused");
  });
  return { tried: tried.join(""), waits };
}

Deno.test("Attempts tries all addresses in the order given, and waits after each round", () => {
  const { tried, waits } = fail(new Attempts({ addresses, timeoutMs: 60_000 }), 9);
  assertEquals(tried, "abcabcabc");
  const rounds = [waits[2]!, waits[5]!, waits[8]!];
  assertEquals(waits, [0, 0, rounds[0], 0, 0, rounds[1], 0, 0, rounds[2]]);
  for (const [index, wait] of rounds.entries()) {
    const full = 500 * 2 ** index;
    assert(wait >= full / 2 && wait <= full, `${rounds}`); // They grow with each round.
  }
});

Deno.test("Attempts waits after each failure of a single address", () => {
  const { waits } = fail(new Attempts({ addresses: ["a:1"], timeoutMs: 60_000 }), 3);
  assert(waits.every((wait) => wait! >= 250), `${waits}`);
});

Deno.test("Attempts continues in order after a lost connection, which counts as a failure", () => {
  const attempts = new Attempts({ addresses, timeoutMs: 60_000 });
  assertEquals(attempts.failed("refused"), 0); // Now b.
  attempts.connected();
  assert(attempts.everConnected);
  const { tried, waits } = fail(attempts, 3);
  assertEquals(tried, "bca");
  assertEquals([waits[0], waits[2]], [0, 0]);
  assert(waits[1]! > 0); // The round that began with a is complete.
});

Deno.test("Attempts stays at the server after a restart of its own", () => {
  const attempts = new Attempts({ addresses, timeoutMs: 60_000 });
  attempts.connected();
  assert(attempts.restarted() > 0);
  assertEquals(attempts.address, "a:1");
});

Deno.test("Attempts divides the time for the first connection among the servers of a round", () => {
  const attempts = new Attempts({ addresses, timeoutMs: 9_000 });
  const about = (ms: number) => {
    assert(attempts.attemptMs > ms - 1_000 && attempts.attemptMs <= ms, `${attempts.attemptMs}`);
  };
  about(3_000);
  attempts.failed("refused");
  about(4_500);
  attempts.failed("refused");
  about(9_000);
  attempts.connected();
  assertEquals(attempts.attemptMs, 9_000); // Each reconnect has it all.
});

Deno.test("Attempts ends an attempt after 10 s if there are others, whatever the timeout", () => {
  const attempts = new Attempts({ addresses, timeoutMs: 3_600_000 });
  assertEquals(attempts.attemptMs, 10_000);
  attempts.connected();
  assertEquals(attempts.attemptMs, 10_000);
  const single = new Attempts({ addresses: ["a:1"], timeoutMs: 3_600_000 });
  assert(single.attemptMs > 3_000_000);
});

Deno.test("Attempts tries each address, however short the time is", () => {
  const attempts = new Attempts({ addresses, timeoutMs: 99 });
  assertEquals(fail(attempts, 3).waits, [0, 0, undefined]); // There is no time for another round.
});

Deno.test("Attempts gives up when the time is up, with the last answer of each server", () => {
  const startedAt = performance.now() - 1_000;
  const attempts = new Attempts({ addresses, timeoutMs: 1_000, startedAt });
  assertEquals(attempts.failed("nothing listens there"), undefined);
  attempts.failed("full");
  attempts.failed(undefined);
  attempts.failed(undefined);
  assertEquals(
    attempts.unreachable().message,
    'Cannot reach "a:1": nothing listens there; "b:1": full; "c:1": no answer (tried for 1 s)',
  );
});

Deno.test("startingWith() keeps the circular order", () => {
  assertEquals(startingWith("b:1", addresses), ["b:1", "c:1", "a:1"]);
  assertEquals(startingWith("a:1", addresses), addresses);
});

Deno.test("Attempts waits as after a first failure once a connection has lasted, and longer otherwise", () => {
  const { now } = performance;
  let time = 0;
  performance.now = () => time;
  try {
    const attempts = new Attempts({ addresses: ["a:1"], timeoutMs: 60_000 });
    fail(attempts, 4);
    attempts.connected();
    time += 4_000;
    assert(attempts.failed("lost")! > 2_000);
    attempts.connected();
    time += 6_000;
    assert(attempts.failed("lost")! <= 500);
  } finally {
    performance.now = now;
  }
});
