import { assertEquals } from "@std/assert";
import { escapeText } from "../../../text/escape.ts";

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
  ["not assigned \u2065\u0378\u2fe0\ufff0", "not assigned \\u2065\\u0378\\u2fe0\\ufff0"],
  ["no characters \ufdd0\ufffe\u{1fffe}", "no characters \\ufdd0\\ufffe\\u{1fffe}"],
  ["private \ue000\u{10fffd}", "private \\ue000\\u{10fffd}"],
  ["ignored \u{e0000}\u{e0080}\u034f\u17b4", "ignored \\u{e0000}\\u{e0080}\\u034f\\u17b4"],
  ["drawn as nothing \u{1d159}\ufffc", "drawn as nothing \\u{1d159}\\ufffc"],
  ["no number \u0600", "no number \\u0600"],
  ["no variants a\ufe0f 1\ufe0f ❤\ufe0f\ufe0f", "no variants a\\ufe0f 1\\ufe0f ❤\ufe0f\\ufe0f"],
  ["no picture 👩\u200d\u{1faff}", "no picture 👩\\u200d\\u{1faff}"],
];

Deno.test("escapeText() escapes characters that control a terminal or are invisible", () => {
  for (const [text, shown] of ESCAPED) assertEquals(escapeText(text), shown);
});

const KEPT = [
  "plain text, 100% — “quoted” \\n",
  "안녕하세요 你好 é e\u0301",
  "👩‍💻 👨‍👩‍👧‍👦 🏳️‍🌈 👩🏽‍🚀 ❤️‍🔥",
  "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
  "می\u200cخواهم",
  "ක්\u200dරි क्\u200dष",
  "\u0601123",
  "❤\ufe0f ☎\ufe0e 1\ufe0f\u20e3 ☝🏽",
  "葛\u{e0100}城 ᠡ\u180b",
];

Deno.test("escapeText() leaves all other text unchanged", () => {
  for (const text of KEPT) assertEquals(escapeText(text), text);
});
