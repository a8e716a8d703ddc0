import { assert, assertEquals } from "@std/assert";
import { foldText } from "../../../text/fold_text.ts";

Deno.test("foldText() puts few marks in order at once, however many there are", () => {
  for (const marks of ["\u0301\u0316", "\u0301\uFF9E", "\uFF9F\u0327", "\u0344\u0323"]) {
    const folded = foldText(`a${marks.repeat(4_000)}`);
    for (const run of folded.split("\u034F")) assert(run.length <= 64, `${run.length} marks`);
  }
});

Deno.test("foldText() folds letters with many marks alike", () => {
  const [a, b] = ["\u0316\u0301", "\u0301\u0316"].map((marks) => foldText(`E${marks.repeat(12)}`));
  assertEquals(a, b);
});
