import { assertEquals } from "@std/assert";
import { clockCheck } from "../../../server/cluster/clock_check.ts";
import { watchEngine } from "../../../server/cluster/watch_engine.ts";
import type { ServerEvent } from "../../../server/events/event.ts";
import { MemoryCluster, type MemoryEngine } from "../../support/cluster/memory_engine.ts";

/** A watched engine, with a clock and timers that the test moves. */
function watch(engine: MemoryEngine = new MemoryCluster().connect()) {
  const events: ServerEvent[] = [];
  const available: boolean[] = [];
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();
  let time = 0;
  const watched = watchEngine(engine, {
    report: (event) => events.push(event),
    setAvailable: (isAvailable) => available.push(isAvailable),
    now: () => time,
    schedule: (ms, run) => {
      const timer = { at: time + ms, run };
      timers.add(timer);
      return { [Symbol.dispose]: () => void timers.delete(timer) };
    },
  });
  const pass = (ms: number) => {
    time += ms;
    for (const timer of [...timers].filter(({ at }) => at <= time)) {
      timers.delete(timer);
      timer.run();
    }
  };
  return { engine, events, available, timers, pass, watched };
}

Deno.test("watchEngine() keeps the server available through short interruptions", () => {
  const { engine, events, available, timers, pass } = watch();
  engine.setConnected(false);
  pass(4_999);
  engine.setConnected(true);
  pass(10_000);
  assertEquals(available, [true]);
  assertEquals(events, [
    { type: "engine", state: "away" },
    { type: "engine", state: "back", seconds: 4.999 },
  ]);
  assertEquals(timers.size, 0);
});

Deno.test("watchEngine() makes the server unavailable after 5 seconds, until the engine is back", () => {
  const { engine, events, available, pass } = watch();
  engine.setConnected(false);
  engine.setConnected(false); // Clients of engines may report each failed attempt.
  pass(5_000);
  assertEquals(available, [false]);
  pass(60_000);
  engine.setConnected(true);
  assertEquals(available, [false, true]);
  assertEquals(events, [
    { type: "engine", state: "away" },
    { type: "engine", state: "down", seconds: 5 },
    { type: "engine", state: "back", seconds: 65 },
  ]);
});

Deno.test("watchEngine() notices an engine that is away from the start", () => {
  const engine = new MemoryCluster().connect();
  engine.setConnected(false);
  const { available, pass } = watch(engine);
  pass(5_000);
  assertEquals(available, [false]);
});

Deno.test("watchEngine() does nothing once it is disposed", () => {
  const { engine, events, available, timers, watched } = watch();
  engine.setConnected(false);
  watched[Symbol.dispose]();
  assertEquals(timers.size, 0);
  engine.setConnected(true);
  assertEquals([available, events.length], [[], 1]);
});

Deno.test("clockCheck() reports clocks that are too far apart, once until they agree", () => {
  const engine = new MemoryCluster().connect();
  const events: ServerEvent[] = [];
  const check = clockCheck(engine, (event) => events.push(event));
  for (const clockOffsetMs of [undefined, 5_000, -5_001, 7_000, 100, 7_400]) {
    engine.figures = { ...engine.figures, clockOffsetMs };
    check();
  }
  assertEquals(events, [{ type: "clock", seconds: -5 }, { type: "clock", seconds: 7 }]);
});
