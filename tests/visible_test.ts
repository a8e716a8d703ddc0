import { assertEquals } from "@std/assert";
import { visible } from "../room/visible.ts";

const ESCAPED: [text: string, shown: string][] = [
  ["\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"],
  ["a\r\nb\tc\0", "a\\r\\nb\\tc\\x00"],
  ["\x7f\x9b31m\x85", "\\x7f\\x9b31m\\x85"],
  ["abc\u202edef\u2066ghi\u2069", "abc\\u202edef\\u2066ghi\\u2069"],
  ["pay\u200bpal\ufeff\u2060\u00ad", "pay\\u200bpal\\ufeff\\u2060\\xad"],
  ["a\u200db", "a\\u200db"],
  ["\u200d👩", "\\u200d👩"],
  ["line\u2028paragraph\u2029", "line\\u2028paragraph\\u2029"],
  ["half \ud83d pair", "half \\ud83d pair"],
  ["\u{e0041}tag", "\\u{e0041}tag"],
  ["\u3164\u115f", "\\u3164\\u115f"],
];

Deno.test("visible() shows what drives a terminal or hides as an escape", () => {
  for (const [text, shown] of ESCAPED) assertEquals(visible(text), shown);
});

const KEPT = [
  "plain text, 100% — “quoted” \\n",
  "안녕하세요 你好 é e\u0301",
  "👩‍💻 👨‍👩‍👧‍👦 🏳️‍🌈 👩🏽‍🚀 ❤️‍🔥",
  "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
  "می\u200cخواهم",
  "ක්\u200dරි क्\u200dष",
  "\u0601123",
];

Deno.test("visible() leaves all other text as it is", () => {
  for (const text of KEPT) assertEquals(visible(text), text);
});
