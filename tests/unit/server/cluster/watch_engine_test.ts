import { assertEquals } from "@std/assert";
import { clockCheck } from "../../../../server/cluster/clock_check.ts";
import { EngineWatch } from "../../../../server/cluster/watch_engine.ts";
import type { ServerEvent } from "../../../../server/events/event.ts";
import { MemoryCluster, type MemoryEngine } from "../../../support/cluster/memory_engine.ts";

/** A watched engine, with a clock and a timer that the test moves. */
function watch(engine: MemoryEngine = new MemoryCluster().connect()) {
  const events: ServerEvent[] = [];
  const available: boolean[] = [];
  const timers = new Set<() => void>();
  let time = 0;
  const watched = new EngineWatch(engine, {
    report: (event) => events.push(event),
    setAvailable: (isAvailable) => available.push(isAvailable),
    now: () => time,
    repeat: (_ms, run) => {
      timers.add(run);
      return { [Symbol.dispose]: () => void timers.delete(run) };
    },
  });
  const look = () => timers.forEach((run) => run());
  /** Lets time pass, during which the engine answers or not. */
  const pass = (ms: number, answers = true) => {
    for (const end = time + ms; time < end; look()) {
      const step = Math.min(500, end - time);
      time += step;
      engine.silentMs = answers ? 0 : engine.silentMs + step;
    }
  };
  /** Stops this server for some time. */
  const stop = (ms: number) => {
    time += ms;
    engine.silentMs += ms;
    look();
  };
  return { engine, events, available, timers, pass, stop, watched };
}

Deno.test("EngineWatch keeps the server available through short interruptions", () => {
  const { engine, events, available, pass } = watch();
  engine.setConnected(false);
  pass(4_999);
  engine.setConnected(true);
  pass(10_000);
  assertEquals(available, [true]);
  assertEquals(events, [
    { type: "engine", state: "away" },
    { type: "engine", state: "back", seconds: 4.999 },
  ]);
});

Deno.test("EngineWatch does not report that a server goes to another node", () => {
  const { engine, events, available, pass } = watch();
  for (let moves = 0; moves < 3; moves++) {
    engine.setConnected(false);
    pass(999);
    engine.setConnected(true);
    pass(5_000);
  }
  assertEquals([events, available], [[], []]);
});

Deno.test("EngineWatch reports one outage while a server tries nodes that store nothing", () => {
  const { engine, events, available, pass } = watch();
  for (let moves = 0; moves < 10; moves++) {
    pass(5_000, false);
    engine.setConnected(false);
    engine.setConnected(true);
  }
  assertEquals(events, [
    { type: "engine", state: "away" },
    { type: "engine", state: "down", seconds: 15 },
  ]);
  assertEquals(available, [false]);
});

Deno.test("EngineWatch makes the server unavailable after 5 seconds, until the engine is back", () => {
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

Deno.test("EngineWatch notices an engine that is away from the start", () => {
  const engine = new MemoryCluster().connect();
  engine.setConnected(false);
  const { available, pass } = watch(engine);
  pass(5_000);
  assertEquals(available, [false]);
});

Deno.test("EngineWatch makes the server unavailable if nothing is stored for longer than an election", () => {
  const { events, available, pass } = watch();
  pass(14_500, false);
  assertEquals([available, events], [[], [{ type: "engine", state: "away" }]]);
  pass(500, false);
  assertEquals(available, [false]);
  pass(3_000, false);
  pass(1);
  assertEquals(available, [false, true]);
  assertEquals(events.slice(1), [
    { type: "engine", state: "down", seconds: 15 },
    { type: "engine", state: "back", seconds: 18.001 },
  ]);
});

Deno.test("EngineWatch waits for an answer after the connection is back", () => {
  const { engine, available, pass } = watch();
  engine.setConnected(false);
  pass(9_000, false);
  engine.setConnected(true);
  pass(1_000, false);
  assertEquals(available, [false]);
  pass(500);
  assertEquals(available, [false, true]);
});

Deno.test("EngineWatch does not blame the engine for a time in which this server was stopped", () => {
  const { events, pass, stop } = watch();
  pass(1_000);
  stop(60_000);
  pass(500);
  assertEquals(events, []);
});

Deno.test("EngineWatch does nothing once it is disposed", () => {
  const { engine, events, available, timers, pass, watched } = watch();
  engine.setConnected(false);
  pass(1_000);
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
