import { assertEquals } from "@std/assert";
import { firstColumns, lastColumns, measureEnd, wrap } from "../../../text/width.ts";

const WIDTHS: [text: string, width: number][] = [
  ["", 0],
  ["plain", 5],
  ["é e\u0301 ñ", 5],
  ["한국어", 6],
  ["\u1112\u1161\u11ab", 2], // 한 in jamo
  ["你好，世界", 10],
  ["ｱｲｳ ＡＢ", 8],
  ["ไทย นี้", 5],
  ["שלום سلام", 9],
  ["👩‍💻", 2],
  ["👨‍👩‍👧‍👦", 2],
  ["🏳️‍🌈", 2],
  ["👍🏽", 2],
  ["🇰🇷🇯🇵", 4],
  ["🇰", 1], // Half a flag.
  ["❤", 1],
  ["❤️", 2],
  ["1️⃣", 2],
  ["⌚🦀", 4],
  ["🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}", 2],
  ["\u{20000}\u{1f200}", 4],
  ["—“”…€", 5],
  ["\x1b[1;38;5;120mred\x1b[m", 3],
];

Deno.test("measureEnd() counts the columns of clusters", () => {
  for (const [text, column] of WIDTHS) {
    assertEquals([text, measureEnd(text, Infinity)], [text, { row: 0, column }]);
  }
});

const ENDS: [text: string, columns: number, row: number, column: number][] = [
  ["", 10, 0, 0],
  ["123456789", 10, 0, 9],
  ["1234567890", 10, 0, 10],
  ["12345678901", 10, 1, 1],
  ["123456789한", 10, 1, 2],
  ["12345678한", 10, 0, 10],
  ["123456789👩‍💻1234567한", 10, 2, 2],
  ["\x1b[31m123456789\x1b[m0", 10, 0, 10],
];

Deno.test("measureEnd() returns where a wrapped text ends", () => {
  for (const [text, columns, row, column] of ENDS) {
    assertEquals([text, measureEnd(text, columns)], [text, { row, column }]);
  }
});

const WRAPPED: [text: string, columns: number, rows: string[]][] = [
  ["", 5, [""]],
  ["1234", 5, ["1234"]],
  ["12345", 5, ["12345", ""]],
  ["123456", 5, ["12345", "6"]],
  ["1234한글", 5, ["1234", "한글"]],
  ["1234🇰", 5, ["1234", "🇰"]], // Half a flag is two columns wide in some terminals.
  ["123👩‍💻4", 5, ["123", "👩‍💻4", ""]], // As wide as 👩 and 💻 on terminals that draw both.
  ["1\x1b[31m2345\x1b[m6", 5, ["1\x1b[31m2345\x1b[m", "6"]],
];

Deno.test("wrap() makes rows that fit everywhere", () => {
  for (const [text, columns, rows] of WRAPPED) {
    assertEquals([text, wrap(text, columns)], [text, rows]);
  }
});

Deno.test("firstColumns() and lastColumns() cut between clusters", () => {
  const text = "a한e\u0301👩‍💻";
  const starts = [
    "",
    "a",
    "a",
    "a한",
    "a한e\u0301",
    "a한e\u0301",
    "a한e\u0301",
    "a한e\u0301",
    text,
  ];
  const ends = ["", "", "", "", "👩‍💻", "e\u0301👩‍💻", "e\u0301👩‍💻", "한e\u0301👩‍💻", text];
  for (const [width, start] of starts.entries()) assertEquals(firstColumns(text, width), start);
  for (const [width, end] of ends.entries()) assertEquals(lastColumns(text, width), end);
});
