import { assert, assertEquals } from "@std/assert";
import { runFuzz } from "./fuzz.ts";
import { MAX_GROWTH } from "./honest_pair.ts";

const CASES = 1_500;

Deno.test({
  name: "Random frames and random contents do no harm to a server, nor to two who talk on it",
  ignore: Deno.build.os !== "linux", // Elsewhere malloc() cannot be told to fill what is freed.
  async fn() {
    const { growth, end } = await runFuzz({ seed: 1, goOn: (cases) => cases < CASES });
    assertEquals(end, { code: 0, signal: null, errors: "" });
    assert(growth < MAX_GROWTH, `the server has grown by ${growth} bytes`);
  },
});
