import { assert, assertEquals } from "@std/assert";
import { runServerChaos } from "./server_chaos.ts";
import { possibleKinds, SERVER_FAULT_KINDS } from "./server_faults.ts";

/** The wait after which it says what is missing, instead of running into its deadline. */
const PATIENCE_MS = 120_000;
/** The runs, at the same time, among which the kinds are divided. */
const RUNS = 4;

const possible = await possibleKinds();
const missing = SERVER_FAULT_KINDS.filter((kind) => !possible.includes(kind));
const note = missing.length > 0 ? ` (not possible here: ${missing.join(", ")})` : "";

Deno.test(`one server loses and repeats nothing, in one order, by any kind of fault${note}`, async () => {
  const parts = Array.from(
    { length: RUNS },
    (_, run) => possible.filter((_, i) => i % RUNS === run),
  );
  const results = await Promise.all(parts.map((kinds, run) =>
    runServerChaos({
      ...{ seed: 1 + run, rounds: kinds.length, people: 3, kinds, maxHoldMs: 200 },
      patienceMs: PATIENCE_MS,
    })
  ));
  for (const { problems, violations, posted, accepted, refused, logged } of results) {
    assertEquals(problems, []);
    assertEquals(violations, []);
    assert(accepted <= logged && logged <= posted - refused, `${logged} of ${posted}`);
  }
  // Each has had an effect: see strike().
  const kinds = results.flatMap(({ kinds }) =>
    kinds.map(({ kind, faults }) => `${kind}: ${faults}`)
  );
  assertEquals(kinds.toSorted(), possible.map((kind) => `${kind}: 1`).toSorted());
});
