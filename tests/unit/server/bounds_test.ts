import { assertEquals, assertThrows } from "@std/assert";
import { boundFlags, boundOptions } from "../../../cli/commands/serve/limits.ts";
import { parseFlags } from "../../../cli/framework/flags.ts";
import { BOUNDS, mapBounds, resolveBounds } from "../../../server/bounds.ts";

Deno.test("resolveBounds() uses the fallbacks, which are the defaults of the flags", () => {
  const fallbacks = mapBounds(({ fallback }) => fallback);
  assertEquals(resolveBounds({}), fallbacks);
  assertEquals(boundOptions(parseFlags(boundFlags, [], () => undefined)), fallbacks);
});

mapBounds(({ unit, isFractional, min, max }, name) => {
  const isWhole = !isFractional && unit !== "seconds" && unit !== "duration";
  Deno.test(`resolveBounds() accepts ${name} from ${min} to ${max}, and nothing else`, () => {
    for (const value of [min, max, ...(isWhole ? [] : [min + 0.5])]) {
      assertEquals(resolveBounds({ [name]: value })[name], value);
    }
    const beyond = [NaN, min - 1, ...(max === Infinity ? [] : [2 * max])];
    if (isWhole) beyond.push(min + 0.5);
    for (const value of beyond) {
      const what = isWhole ? "a whole number " : "";
      const words = `${name} ${value}: must be ${what}from ${min} to ${max}`;
      assertThrows(() => resolveBounds({ [name]: value }), RangeError, words);
    }
  });
});

Deno.test("A flag of a bound in seconds is an option in milliseconds, within the same range", () => {
  const { flag, min, max } = BOUNDS.joinTimeoutMs;
  const parse = (text: string) =>
    boundOptions(parseFlags(boundFlags, [`--${flag}`, text], () => undefined)).joinTimeoutMs;
  assertEquals([parse("0.1"), parse("2.5"), parse("3600")], [min, 2_500, max]);
  for (const text of ["0.099", "3600.1"]) {
    assertThrows(() => parse(text), Error, "must be 0.1 to 3,600 seconds");
  }
});
