import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type NumberedFault, plant } from "../../tools/mutations/faults/fault.ts";
import { FailingTestError, runFaults } from "../../tools/mutations/run_faults.ts";

const FILE = "room/network.ts";
const LOOP = "while (groups.length >= 0);";
const CODE = "let end = groups.length;";
const TESTS = ["tests/unit/room/network_test.ts"];
const FAULT: NumberedFault = { number: 1, file: FILE, code: CODE, by: "", seen: "", tests: TESTS };

Deno.test("plant() refuses code that does not occur exactly once, and a fault that changes nothing", () => {
  const plantIn = (text: string, fault: Partial<NumberedFault> = {}) =>
    plant(text, { ...FAULT, ...fault });
  const where = `Fault 1: in ${FILE}, the code ${JSON.stringify(CODE)}`;
  assertEquals(plantIn(`a ${CODE} b`, { by: "c" }), "a c b");
  assertThrows(() => plantIn("a"), RangeError, `${where} does not occur`);
  assertThrows(() => plantIn(CODE + CODE), RangeError, `${where} occurs 2 times`);
  assertThrows(() => plantIn(CODE, { by: CODE }), RangeError, `${where} is not changed`);
});

Deno.test("runFaults() tells faults that a test notices from others, tests that never end, and stale faults", async () => {
  const faults: readonly NumberedFault[] = [
    { ...FAULT, by: "let end = 0;" },
    { ...FAULT, number: 2, by: "let end = 0;", tests: ["tests/unit/room/errors_test.ts"] },
    { ...FAULT, number: 3, by: `${LOOP} ${CODE}` },
    { ...FAULT, number: 4, code: "let begin = 0;" },
  ];
  const reasons: string[] = [];
  const told: [number, string][] = [];
  const { caught, survived, hung, stale } = await runFaults(faults, {
    jobs: 1,
    boundMs: 20_000,
    signal: new AbortController().signal,
    onFault: ({ number }, result) => told.push([number, result]),
    onStale: (reason) => reasons.push(reason),
  });
  assertEquals([caught, survived, hung, stale], faults.map((fault) => [fault]));
  assertEquals(reasons, [`Fault 4: in ${FILE}, the code "let begin = 0;" does not occur`]);
  assertEquals(told.toSorted(), [[1, "caught"], [2, "survived"], [3, "hung"]]);
});

Deno.test("runFaults() refuses tests that fail without any fault", async () => {
  const faults = [{ ...FAULT, tests: ["tests/unit/room/missing_test.ts"] }];
  await assertRejects(
    () =>
      runFaults(faults, {
        jobs: 1,
        signal: new AbortController().signal,
        onFault: () => {},
        onStale: () => {},
      }),
    FailingTestError,
    "tests/unit/room/missing_test.ts fails without any fault; to see why: ",
  );
});

Deno.test("runFaults() ends when it is stopped", async () => {
  const reason = new Error("stopped");
  await assertRejects(
    () =>
      runFaults([FAULT], {
        jobs: 1,
        signal: AbortSignal.abort(reason),
        onFault: () => {},
        onStale: () => {},
      }),
    Error,
    "stopped",
  );
});
