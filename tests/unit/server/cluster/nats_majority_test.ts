import { assertEquals } from "@std/assert";
import { silenceAround, type StreamNodes } from "../../../../server/cluster/nats/majority.ts";

/** What a node answers about the nodes of a stream; the times are in milliseconds. */
function answer(leader: string | undefined, silences: Record<string, number>): StreamNodes {
  return { leader, replicas: Object.values(silences).map((ms) => ({ active: ms * 1e6 })) };
}

Deno.test.each<[name: string, nodes: StreamNodes | undefined, silentMs: number]>([
  ["a node that is alone", undefined, 0],
  ["the only replica of a stream", answer("n1", {}), 0],
  ["a leader that hears from all", answer("n1", { n2: 200, n3: 800 }), 200],
  ["a leader that hears from one of two", answer("n1", { n2: 9_000, n3: 800 }), 800],
  ["a leader that hears from one of four", answer("n1", { a: 70, b: 9e3, c: 8e3, d: 7e3 }), 7_000],
  ["a leader that hears from nobody", answer("n1", { n2: 9_000, n3: 8_000 }), 8_000],
  // This is what the node answers that led last, once it has noticed that it has no majority.
  ["a node that does not lead", answer(undefined, { n1: 0, n2: 2_105, n3: 0 }), Infinity],
])("silenceAround() returns how long there was no majority: %s", (_name, nodes, silentMs) => {
  assertEquals(silenceAround(nodes), silentMs);
});
