import { assert, assertEquals } from "@std/assert";
import { MAX_GROWTH, TRANSPORTS } from "./bystanders.ts";
import { runFuzz } from "./fuzz.ts";

const CASES = 1_500;

for (const transport of TRANSPORTS) {
  Deno.test({
    name:
      `Random frames and contents harm neither a server nor two members who talk on it: ${transport}`,
    ignore: Deno.build.os !== "linux", // Only glibc's malloc() can be made to fill freed memory.
    async fn() {
      const { growth, end } = await runFuzz({
        transport,
        seed: 1,
        goOn: (cases) => cases < CASES,
      });
      assertEquals(end, { code: 0, signal: null, errors: "" });
      assert(growth < MAX_GROWTH, `the server has grown by ${growth} bytes`);
    },
  });
}
