import { assert, assertEquals } from "@std/assert";
import { random } from "../support/random.ts";
import { type Fault, FAULT_KINDS, planFaults } from "./faults.ts";
import { FrameParser, replySubject } from "./nats_frames.ts";
import { Outages } from "./time/outages.ts";

function plan(seed: number, count: number): Fault[] {
  const faults = planFaults({ kinds: FAULT_KINDS, servers: 3, nodes: 3 }, random(seed));
  return Array.from({ length: count }, () => faults.next().value);
}

Deno.test("planFaults() plans each kind once before any again", () => {
  const kinds = plan(1, 2 * FAULT_KINDS.length).map(({ kind }) => kind);
  const decks = [kinds.slice(0, FAULT_KINDS.length), kinds.slice(FAULT_KINDS.length)];
  for (const deck of decks) assertEquals(deck.toSorted(), FAULT_KINDS.toSorted());
});

Deno.test("planFaults() repeats the plan of a seed, and only that", () => {
  assertEquals(plan(1, 30), plan(1, 30));
  assert(JSON.stringify(plan(1, 30)) !== JSON.stringify(plan(2, 30)));
});

Deno.test("planFaults() meets every server and every node, for 2 to 5 seconds", () => {
  const faults = plan(1, 100);
  assertEquals(new Set(faults.map(({ server }) => server)), new Set([0, 1, 2]));
  assertEquals(new Set(faults.map(({ afterLeader }) => afterLeader)), new Set([1, 2]));
  assert(faults.every(({ holdMs }) => holdMs >= 2_000 && holdMs < 5_000));
});

Deno.test("Outages measures the longest time without an acknowledgement in each fault", () => {
  let now = 0;
  const outages = new Outages(() => now);
  const pass = (ms: number) => now += ms;
  pass(1_000);
  for (const [kind, times] of [["a", [1, 5, 2]], ["b", [7]], ["a", [3, 9]]] as const) {
    outages.begin(kind);
    for (const ms of times) {
      pass(ms);
      outages.acknowledged();
    }
  }
  outages.begin("c");
  pass(8); // Nothing is acknowledged until its end.
  outages.end();
  pass(1_000);
  assertEquals(outages.figures(), [
    { kind: "a", faults: 2, medianMs: 5, maxMs: 9 },
    { kind: "b", faults: 1, medianMs: 7, maxMs: 7 },
    { kind: "c", faults: 1, medianMs: 8, maxMs: 8 },
  ]);
});

const STREAM = "PING\r\nPUB a b 5\r\nx\r\nyz\r\nHMSG c 1 d 2 4\r\nhhxx\r\nSUB e 2\r\n";

Deno.test.each([1, 2, 7, 100])("FrameParser finds the frames in pieces of %i bytes", (size) => {
  const bytes = new TextEncoder().encode(STREAM);
  const parser = new FrameParser();
  const frames = [];
  for (let at = 0; at < bytes.length; at += size) {
    frames.push(...parser.parse(bytes.subarray(at, at + size)));
  }
  const words = frames.map(({ verb, words }) => [verb, ...words].join(" "));
  assertEquals(words, ["PING", "PUB a b 5", "HMSG c 1 d 2 4", "SUB e 2"]);
  assertEquals(frames.map(({ bytes }) => new TextDecoder().decode(bytes)).join(""), STREAM);
});

Deno.test("replySubject() finds where to answer", () => {
  const [plain, silent, withHeaders] = new FrameParser().parse(
    new TextEncoder().encode("PUB a b 0\r\n\r\nPUB a 0\r\n\r\nHPUB a c 0 0\r\n\r\n"),
  );
  assertEquals([plain, silent, withHeaders].map((frame) => replySubject(frame!)), ["b", "", "c"]);
});
