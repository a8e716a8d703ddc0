import { assert, assertEquals } from "@std/assert";
import { MAX_GROWTH, TRANSPORTS } from "./bystanders.ts";
import { runFuzz } from "./fuzz.ts";

const CASES = 1_500;

for (const transport of TRANSPORTS) {
  Deno.test({
    name:
      `Random frames and contents do no harm to a server, nor to two who talk on it: ${transport}`,
    ignore: Deno.build.os !== "linux", // Elsewhere malloc() cannot be told to fill what is freed.
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
