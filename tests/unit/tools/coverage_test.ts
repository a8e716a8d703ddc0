import { assertEquals } from "@std/assert";
import { parseLcov } from "../../../tools/coverage/lcov.ts";
import { coverageReport, ranges } from "../../../tools/coverage/report.ts";

/** As `deno coverage --lcov` writes it. */
const LCOV = `SF:room/name, rule.ts
FN:1,check
FNDA:2,check
FNF:1
FNH:1
BRDA:2,1,0,0
BRDA:2,1,1,2
BRDA:4,2,0,-
BRF:3
BRH:1
DA:1,2
DA:2,2
DA:3,0
DA:4,0
DA:9,0
LH:2
LF:5
end_of_record
SF:mod.ts
DA:1,1
LH:1
LF:1
end_of_record
`;

Deno.test("parseLcov() reads which lines and branches of each module ran", () => {
  assertEquals(parseLcov(LCOV), [
    {
      path: "room/name, rule.ts",
      lines: { ran: 2, all: 5 },
      branches: { ran: 1, all: 3 },
      missed: [3, 4, 9],
    },
    { path: "mod.ts", lines: { ran: 1, all: 1 }, branches: { ran: 0, all: 0 }, missed: [] },
  ]);
  assertEquals(parseLcov(""), []);
});

Deno.test("coverageReport() adds up folders, and lists what did not run", () => {
  const modules = parseLcov(LCOV);
  const unloaded = ["client/web/page.ts"];
  assertEquals(
    coverageReport(modules, { unloaded, isDetailed: true }),
    [
      "folder  modules    lines          branches        ",
      "mod.ts        1  100.0 %  1 of 1            0 of 0",
      "room          1   40.0 %  2 of 5    33.3 %  1 of 3",
      "total         2   50.0 %  3 of 6    33.3 %  1 of 3",
      "",
      "Most lines that did not run:",
      "room/name, rule.ts  3  of 5: 3-4, 9",
      "",
      "1 module not loaded by any process:",
      "  client/web/page.ts",
    ].map((line) => line.trimEnd()),
  );
});

Deno.test("ranges() joins numbers that follow each other", () => {
  assertEquals(ranges([1, 2, 3, 7, 9, 10]), "1-3, 7, 9-10");
  assertEquals(ranges([]), "");
});
