import { assertEquals } from "@std/assert";
import { SearchSchedule } from "../../../server/event_loop.ts";

Deno.test("SearchSchedule serves networks in turn, and the searches of one in order", async () => {
  const schedule = new SearchSchedule();
  const served: string[] = [];
  const search = async (name: string, network: string) => {
    for (let turn = 1; turn <= 3; turn++) {
      await schedule.next(network);
      served.push(`${name}${turn}`);
    }
  };
  await Promise.all([search("a", "A"), search("b", "A"), search("c", "A"), search("d", "B")]);
  // However many searches A has, those of B get every other turn.
  assertEquals(served, "a1 d1 b1 d2 c1 d3 a2 b2 c2 a3 b3 c3".split(" "));
  await schedule.next("A"); // It goes on after a pause.
});

Deno.test("SearchSchedule lets those wait who search without end, not one who searches once", async () => {
  let now = 0;
  const schedule = new SearchSchedule(() => now);
  const search = async (network: string, turns: number, served: string[] = []) => {
    for (let turn = 0; turn < turns; turn++) {
      await schedule.next(network);
      served.push(network);
    }
  };
  const hostile = Array.from({ length: 20 }, (_, i) => `hostile ${i}`);
  /** The turns that others get until somebody has had three, while they search without end. */
  const turnsBefore = async (network: string) => {
    const served: string[] = [];
    const all = hostile.map((network) => search(network, 5, served));
    await Promise.all([...all, search(network, 3, served)]);
    return served.slice(0, served.lastIndexOf(network)).filter((by) => by !== network).length;
  };
  await Promise.all(hostile.map((network) => search(network, 8)));
  assertEquals(await turnsBefore("friend"), 0);
  now = 40_000; // By now the past is forgotten.
  assertEquals(await turnsBefore("friend"), 60);
});
