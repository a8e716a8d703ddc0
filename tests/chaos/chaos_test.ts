import { assert, assertEquals } from "@std/assert";
import { HEAVY } from "./chaos.ts";
import { runServerChaos } from "./server/server_chaos.ts";

/** The wait after which it says what is missing, instead of running into its deadline. */
const PATIENCE_MS = 120_000;

for (
  const [what, plan] of [
    ["its server is killed", { seed: 1, rounds: 4, kinds: ["kill"] }],
    ["connections are cut", { seed: 3, rounds: 6, kinds: ["cut links"] }],
  ] as const
) {
  Deno.test(`Chat loses and repeats nothing, in one order, under load, while ${what}`, async () => {
    const { problems, lostConnections, lostAnswers } = await runServerChaos({
      ...{ ...plan, people: 3, habits: HEAVY, maxHoldMs: 100, patienceMs: PATIENCE_MS },
    });
    assertEquals(problems, []);
    assert(lostConnections >= plan.rounds, `${lostConnections} connections were lost`);
    assert(lostAnswers > 0, "nobody was waiting for an answer");
  });
}
