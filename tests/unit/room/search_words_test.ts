import { assertEquals, assertThrows } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import {
  checkSearchLimit,
  checkSearchWords,
  formatSearchWords,
  parseSearchWords,
} from "../../../room/search/search_words.ts";

Deno.test("parseSearchWords() splits at white space, except in phrases between quotes", () => {
  const cases: [typed: string, words: string[]][] = [
    ["tea", ["tea"]],
    ["  green \t tea ", ["green", "tea"]],
    ['"green tea" now', ["green tea", "now"]],
    ["„grüner Tee“ “green tea”", ["grüner Tee", "green tea"]],
    ['"green tea', ["green tea"]],
    ['"" " " tea', ["tea"]],
    ["", []],
  ];
  for (const [typed, words] of cases) {
    assertEquals([typed, parseSearchWords(typed)], [typed, words]);
  }
});

Deno.test("checkSearchWords() accepts 16 words of 200 characters, and no more", () => {
  const word = "x".repeat(200);
  checkSearchWords(Array(16).fill(word));
  const refused = (words: string[], message: string) =>
    assertThrows(() => checkSearchWords(words), ChatError, message);
  refused(Array(17).fill("x"), "A search has 17 words: at most 16 are allowed");
  refused(
    [`${word}y`],
    `The word "${"x".repeat(16)}…" has 201 characters: at most 200 are allowed in a search`,
  );
  refused(["tea", " "], "A word to search for is empty");
});

Deno.test("checkSearchLimit() accepts whole numbers from 1 to 1,000", () => {
  for (const limit of [1, 50, 1_000]) checkSearchLimit(limit);
  for (const limit of [0, -1, 1.5, 1_001, NaN]) {
    const message = `A search for ${limit} notes: must be from 1 to 1,000`;
    assertThrows(() => checkSearchLimit(limit), ChatError, message);
  }
});

Deno.test("formatSearchWords() puts phrases in quotes", () => {
  assertEquals(formatSearchWords(["green tea", "now"]), '"green tea" now');
});
