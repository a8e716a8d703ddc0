import { assertEquals } from "@std/assert";
import type { ServerEvent } from "../../../server/events/event.ts";
import { throttle } from "../../../server/events/throttle.ts";

const refused = (kind: "invalid" | "limited" = "invalid"): ServerEvent => ({
  ...{ type: "refused", kind, address: "192.0.2.1", reason: "no" },
});
const left = (address: string): ServerEvent => ({
  ...{ type: "leave", name: "ann", room: "lobby", address, reason: "left" },
});

/** A throttled log with a clock that the test sets: what was reported, as kind and `more`. */
function log() {
  const clock = { now: 0 };
  const lines: string[] = [];
  const report = throttle((event) => {
    const what = event.type === "refused" ? event.kind : event.type;
    lines.push(`${what} ${"more" in event ? event.more : 0}`);
  }, () => clock.now);
  const take = () => lines.splice(0);
  return Object.assign(clock, { report, take });
}

Deno.test("throttle() reports a kind of refusals once a second at most, and counts the others", () => {
  const one = log();
  for (one.now of [0, 1, 999]) one.report(refused());
  one.report(refused("limited")); // Another kind.
  assertEquals(one.take(), ["invalid 0", "limited 0"]);
  one.now = 1_000;
  one.report(refused());
  assertEquals(one.take(), ["invalid 2"]);
  one.now = 10_000; // It was quiet since.
  one.report(refused());
  one.now = 10_999;
  one.report(refused());
  one.now = 11_000;
  one.report(refused());
  assertEquals(one.take(), ["invalid 0", "invalid 1"]);
});

Deno.test("throttle() reports a flood less and less often, up to once a minute, until it stops", () => {
  const one = log();
  const at: number[] = [];
  for (let second = 0; second < 400; second += 0.5) {
    one.now = second * 1_000;
    one.report(refused());
    if (one.take().length > 0) at.push(second);
  }
  assertEquals(at, [0, 1, 3, 7, 15, 31, 63, 123, 183, 243, 303, 363]);
  one.now = 1_000_000;
  one.report(refused());
  one.now += 1_000;
  one.report(refused());
  assertEquals(one.take().length, 2); // Once a second again.
});

Deno.test("throttle() reports 200 joins and leaves of a network at once, then 10 a second", () => {
  const one = log();
  for (let i = 0; i < 300; i++) one.report(left("192.0.2.1"));
  one.report(left("192.0.2.2"));
  assertEquals(one.take().length, 201);
  one.now = 1_000;
  for (let i = 0; i < 300; i++) one.report(left("192.0.2.1"));
  const lines = one.take();
  assertEquals([lines.length, lines[0], lines[1]], [10, "leave 100", "leave 0"]);
});

Deno.test("throttle() never forgets how many lines it owes, however many networks there are", () => {
  const one = log();
  for (let i = 0; i < 201; i++) one.report(left("192.0.2.1"));
  one.take();
  one.now = 3_600_000;
  for (let i = 0; i < 5_000; i++) one.report(left(`10.0.${i >> 8}.${i & 255}`));
  one.take();
  one.report(left("192.0.2.1"));
  assertEquals(one.take(), ["leave 1"]);
});

Deno.test("throttle() always reports what a stranger cannot cause", () => {
  const one = log();
  for (let i = 0; i < 1_000; i++) one.report({ type: "stop" } as ServerEvent);
  assertEquals(one.take().length, 1_000);
});
