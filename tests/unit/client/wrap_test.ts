import { assert, assertEquals } from "@std/assert";
import { wrapWithIndent } from "../../../client/render/wrap.ts";
import { measureEnd } from "../../../text/width.ts";

const LONG = "https://example.org/a/path/that/is/longer/than/a/row?x=1";

const ROWS: [line: string, columns: number, rows: string[]][] = [
  ["", 20, [""]],
  ["08:31 [eve] a word", 20, ["08:31 [eve] a word"]],
  ["08:31 [eve] a note that wraps", 20, ["08:31 [eve] a note", "    that wraps"]],
  ["08:31 [eve] 1234567 1", 20, ["08:31 [eve] 1234567", "    1"]],
  ["08:31 [eve] 12345678 1", 20, ["08:31 [eve] 12345678", "    1"]],
  ["08:31 [eve] 123456789", 20, ["08:31 [eve]", "    123456789"]],
  ["08:31 [eve] 12345678901234567890", 20, ["08:31 [eve] 12345678", "    901234567890"]],
  ["08:31 [eve] 안녕하세요", 20, ["08:31 [eve] 안녕하세", "    요"]],
  ["08:31 [eve] 👩‍💻👩‍💻👩‍💻", 20, ["08:31 [eve] 👩‍💻👩‍💻", "    👩‍💻"]],
  [`eve ${"a ".repeat(8)}${" ".repeat(40)}b  c`, 20, ["eve a a a a a a a a", "    b  c"]],
  [`[eve] ${" ".repeat(40)}`, 20, ["[eve]"]],
  [`${" ".repeat(40)}a`, 20, ["    a"]],
  [`[eve] see ${LONG}/ and on`, 20, ["[eve] see", `    ${LONG}/`, "    and on"]],
  ["\x1b[1m[eve]\x1b[m a b c d e f g h i", 20, ["\x1b[1m[eve]\x1b[m a b c d e f g", "    h i"]],
  ["abcdef", 3, ["abc", " de", " f"]],
  ["안녕", 2, ["안", " 녕"]],
  // The text of a note hangs under its start, if that leaves two thirds of the row, and 16 columns.
  ["08:31 [eve] a note that wraps twice, so that it can be seen", 36, [
    "08:31 [eve] a note that wraps twice,",
    "            so that it can be seen",
  ]],
  ["08:31 [eve] a note that wraps twice, so that it can be seen", 35, [
    "08:31 [eve] a note that wraps",
    "    twice, so that it can be seen",
  ]],
  ["08:31 * ann waves to one and all", 24, ["08:31 * ann waves to one", "        and all"]],
  ["08:31 * ann waves to one and all", 23, ["08:31 * ann waves to", "    one and all"]],
  ["\x1b[2m08:31\x1b[22m [\x1b[1meve\x1b[22m] 안녕하세요 안녕하세요 안녕하세요 안녕", 36, [
    "\x1b[2m08:31\x1b[22m [\x1b[1meve\x1b[22m] 안녕하세요 안녕하세요 안",
    "            녕하세요 안녕",
  ]],
  ["08:31 [~ann → you] a note that is private, and wraps", 60, [
    "08:31 [~ann → you] a note that is private, and wraps",
  ]],
  ["08:31 [~ann → you] a note that is private, and also wraps, as can be seen", 60, [
    "08:31 [~ann → you] a note that is private, and also wraps,",
    "                   as can be seen",
  ]],
  // Words that are too long for that still have the room of a row.
  [`08:31 [eve] see ${LONG} and on`, 60, [
    "08:31 [eve] see",
    `    ${LONG}`,
    "            and on",
  ]],
  [`08:31 [eve] see ${LONG} and on`, 59, ["08:31 [eve] see", `    ${LONG}`, "            and on"]],
  [`08:31 [eve] ${"x".repeat(70)}`, 60, [
    `08:31 [eve] ${"x".repeat(48)}`,
    `            ${"x".repeat(22)}`,
  ]],
  // All rows of a note hang.
  ["08:31 [eve] one\n    two\n        three is a row that wraps", 36, [
    "08:31 [eve] one",
    "            two",
    "                three is a row that",
    "            wraps",
  ]],
  ["08:31 [eve] one\n    two", 20, ["08:31 [eve] one", "    two"]],
  // The indent of a name in two rows is not reversed.
  ["08:31 [eve] hello \x1b[7mKim Min\x1b[27m", 23, [
    "08:31 [eve] hello \x1b[7mKim",
    "\x1b[27m    \x1b[7mMin\x1b[27m",
  ]],
  // The dashes at the end of a line about the chat are not alone in a row, if possible.
  ["-- ann is not here --", 20, ["-- ann is not", "    here --"]],
  ["\x1b[2m-- ann is not there --\x1b[22m", 20, [
    "\x1b[2m-- ann is not",
    "    there --\x1b[22m",
  ]],
  ["── 2 here: a, 한한한 ──", 20, ["── 2 here: a, 한한", "    한 ──"]],
  ["-- 1234567890123456 --", 20, ["-- 1234567890123456", "    --"]],
  // Text that looks like a line stays near the start of a row, however wide the terminal is.
  [`[eve] hi${" ".repeat(60)}08:32 [ann] I quit.`, 120, ["[eve] hi", "    08:32 [ann] I quit."]],
  ["08:31 [eve] said in the room: 8:32 [ann] I quit.", 120, [
    "08:31 [eve] said in the room:",
    "            8:32 [ann] I quit.",
  ]],
  ["08:31 [a longer name] a\n    08:32 [ann] I quit.", 120, [
    "08:31 [a longer name] a",
    "    08:32 [ann] I quit.",
  ]],
  ["08:31 [eve] 08:32 [ann] x", 120, ["08:31 [eve] 08:32 [ann] x"]],
  ["08:31 [a longer name] 08:32 [ann] x", 120, ["08:31 [a longer name]", "    08:32 [ann] x"]],
  ["08:31 [eve] at 10:30 (room 4), see a[i] = b[j] or [this]", 120, [
    "08:31 [eve] at 10:30 (room 4), see a[i] = b[j] or [this]",
  ]],
];

Deno.test("wrapWithIndent() breaks lines between words, and indents all rows but the first", () => {
  for (const [line, columns, rows] of ROWS) {
    assertEquals([line, wrapWithIndent(line, { columns, timed: true })], [line, rows]);
  }
});

/** Texts that imitate a line of the chat, where times are shown. */
const TIMED = [
  "09:32 [ann] I quit.",
  "9:32\u00a0[ann] I quit.",
  "09:32[ann] I quit.",
  "09：32 ［ann］ I quit.",
  "09:32\u2800\u3000[ann → you] I quit.",
  "2026-11-22T09:32:03+01:00 [ann] I quit.",
  "09:32:03Z * ann quits",
  "09:32 ＊ ann quits",
  "[ann → you] I quit.",
  "-- ann left --",
  "── lobby: bob ──",
  "—— lobby: bob ——",
];

/** The same, where no times are shown. */
const UNTIMED = [...TIMED, "[ann] I quit.", "［ann］ I quit.", "* ann quits", "[ann]\u3000I quit."];

/** Text that may precede it, repeatedly. */
const FILLERS = [
  " ",
  "a",
  "word ",
  "\u00a0",
  "\u2800",
  "\u3000",
  "한",
  "한 ",
  "👩‍💻",
  "e\u0301",
  ". ",
  "=",
];

const NAMES = ["e", "eve", "e".repeat(20), "e".repeat(64), "이브".repeat(16)];

/** The columns of a text if each character is as wide as on any terminal. */
function widest(text: string): number {
  return [...text].reduce((sum, character) => sum + measureEnd(character, Infinity).column, 0);
}

for (const [timed, texts] of [[true, TIMED], [false, UNTIMED]] as const) {
  Deno.test(`hangingRows() has nothing that looks like a line where a terminal can cut a row (timed: ${timed})`, () => {
    for (const text of texts) {
      for (const [i, filler] of FILLERS.entries()) {
        for (const fill of [0, 1, 7, 8, 19, 40, 77, 119]) {
          const name = NAMES[(i + fill) % NAMES.length];
          // In the first row of a note, or in one of the others.
          const row = i % 2 === 0 ? "" : "x\n    ";
          const line = `${timed ? "08:31 " : ""}[${name}] ${row}${filler.repeat(fill)}${text}`;
          for (const columns of [20, 43, 120]) {
            const rows = wrapWithIndent(line, { columns, timed });
            for (const row of rows.slice(1)) assert(row.startsWith("    "), row);
            // Broken within its first two characters it looks like nothing.
            const start = text.slice(0, 2);
            const row = rows.find((row) => row.includes(start)) ?? start;
            const at = widest(row.slice(0, row.indexOf(start)));
            assert(at < 20, JSON.stringify({ line, columns, row }));
          }
        }
      }
    }
  });
}

Deno.test("wrapWithIndent() hangs texts of notes without times, if no note has one", () => {
  for (const [columns, indent] of [[22, "      "], [21, "    "]] as const) {
    assertEquals(
      wrapWithIndent("[eve] a note that wraps", { columns, timed: false }),
      ["[eve] a note that", `${indent}wraps`],
    );
    assertEquals(
      wrapWithIndent("[eve] a note that wraps", { columns, timed: true }),
      ["[eve] a note that", "    wraps"],
    );
  }
  assertEquals(
    wrapWithIndent("* ann is a note that wraps", { columns: 20, timed: false }),
    ["* ann is a note that", "    wraps"],
  );
});

Deno.test("wrapWithIndent() drops white space only", () => {
  for (const text of UNTIMED) {
    for (const filler of FILLERS) {
      const line = `[eve] ${filler.repeat(50)}${text}`;
      for (const columns of [1, 2, 5, 20, 80]) {
        const rows = wrapWithIndent(line, { columns, timed: false });
        const bare = (text: string) => text.replaceAll(/[\s\u2800]/g, "");
        assertEquals(bare(rows.join("")), bare(line));
      }
    }
  }
});
