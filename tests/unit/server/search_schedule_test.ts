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
