import { assertEquals } from "@std/assert";
import { suggest } from "../../../text/suggest.ts";

const CASES: [word: string, candidates: string[], found: string | undefined][] = [
  ["jion", ["serve", "join"], "join"],
  ["quti", ["quiet", "quit"], "quit"],
  ["prot", ["host", "port"], "port"],
  ["annn", ["ann", "anna"], "ann"],
  ["dance", ["serve", "join"], undefined],
  ["x", ["y"], "y"],
  ["x", ["yz"], undefined],
  ["", ["a", ""], ""],
  ["x".repeat(64), ["x".repeat(63)], "x".repeat(63)],
  ["x".repeat(65), ["x".repeat(64)], undefined],
];

Deno.test("suggest() finds the word that was probably meant", () => {
  for (const [word, candidates, found] of CASES) {
    assertEquals(suggest(word, candidates), found, word);
  }
});

Deno.test("suggest() skips words too long to be a slip", () => {
  const long = "x".repeat(1_000_000); // Cell by cell it would run longer than all tests.
  for (const word of [long, "x".repeat(64), "x"]) assertEquals(suggest(word, [long]), undefined);
});
