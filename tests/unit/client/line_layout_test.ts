import { assertEquals } from "@std/assert";
import { wordColumns } from "../../../client/editor/columns.ts";
import {
  layOutLine,
  lineText,
  rowsAboveCursor,
  type ScreenSize,
  searchPrompt,
  showLine,
} from "../../../client/editor/line_layout.ts";

const SIZE: ScreenSize = { columns: 20, rows: 6 };

/** Lays out a text with the cursor at `|`, and returns the rows with the cursor at `|`. */
function layOut(text: string, size = SIZE): string[] {
  const line = showLine("> ", text.replace("|", ""), text.indexOf("|"));
  const { rows, cursorRow, beforeCursor } = layOutLine(line, size);
  return rows.map((row, i) =>
    i === cursorRow ? `${beforeCursor}|${row.slice(beforeCursor.length)}` : row
  );
}

const X = "x".repeat(18);

const LAYOUTS: [text: string, rows: string[]][] = [
  ["|", ["> |"]],
  ["one |two", ["> one |two"]],
  [`${X}|`, [`> ${X}`, "|"]],
  [`${X.slice(1)}|x`, [`> ${X.slice(1)}|x`, ""]],
  [`${X}|x`, [`> ${X}`, "|x"]],
  [`|${X}${X}xx`, [`> |${X}`, `${X}xx`, ""]],
  [`${X}${X}xx|`, [`> ${X}`, `${X}xx`, "|"]],
  // A wide character does not wrap in its middle.
  [`${X.slice(1)}한|글`, [`> ${X.slice(1)}`, "한|글"]],
  [`${X.slice(1)}|한글`, [`> ${X.slice(1)}|`, "한글"]],
  // Characters that control a terminal, or cannot be seen, are escapes.
  ["a\x1b[2J|b", ["> a\\x1b[2J|b"]],
  ["b\u202ed|\u200b", ["> b\\u202ed|\\u200b"]],
  // Tabs are spaces.
  ["a\tb|\tc", ["> a    b|    c"]],
  // Rows are indented like the text.
  ["one\ntwo|\n\nthree", ["> one", "  two|", "  ", "  three"]],
  [`${X}\n|`, [`> ${X}`, "", "  |"]],
  [`|${X}\n`, [`> |${X}`, "", "  "]],
  [`one\n${X}x|`, ["> one", `  ${X}`, "x|"]],
  // Joiners that belong to a word are as they are, the cursor after them.
  ["می\u200c|خواهم", ["> می\u200c|خواهم"]],
];

Deno.test("layOutLine() breaks a line into rows, and finds the cursor", () => {
  for (const [text, rows] of LAYOUTS) assertEquals([text, layOut(text)], [text, rows]);
});

Deno.test("layOutLine() shows the text around the cursor of a line larger than the screen", () => {
  const text = Array.from({ length: 1_000 }, (_, i) => `${i} `).join("");
  assertEquals(layOut(`${text}|`), ["…90 991 992 993 994 ", "995 996 997 998 999 ", "|"]);
  assertEquals(layOut(`|${text}`), ["> |0 1 2 3 4 5 6 7 8 ", "9 10 11 12 13 14 15 ", "1…"]);
  const middle = text.indexOf(" 500 ");
  assertEquals(layOut(`${text.slice(0, middle)}|${text.slice(middle)}`), [
    "…490 491 492 493 494",
    " 495 496 497 498 499",
    "| 500 501 502 503 504",
    " 505 506 507 508 50…",
    "",
  ]);
});

Deno.test("layOutLine() shows the rows around the cursor of a line with too many rows", () => {
  assertEquals(layOut("1\n2\n3\n4\n5|"), ["> 1", "  2", "  3", "  4", "  5|"]);
  assertEquals(layOut("1\n2\n3\n4\n5\n6\n7|"), ["…", "  4", "  5", "  6", "  7|"]);
  assertEquals(layOut("|1\n2\n3\n4\n5\n6\n7"), ["> |1", "  2", "  3", "  4", "…"]);
  assertEquals(layOut("1\n2\n3\n4|\n5\n6\n7"), ["…", "  3", "  4|", "  5", "…"]);
  assertEquals(layOut("1\n2|\n3", { columns: 20, rows: 2 }), ["  2|"]);
  const many = `${"x\n".repeat(1_000)}|${"y\n".repeat(1_000)}`;
  assertEquals(layOut(many), ["…", "  x", "  |y", "  y", "…"]);
});

Deno.test("searchPrompt() leaves room for the line, and shows no control characters", () => {
  const cases: [query: string, failed: boolean, columns: number, prompt: string][] = [
    ["", false, 80, "(search) : "],
    ["word", false, 80, "(search) word: "],
    ["word", true, 80, "(no match) word: "],
    ["a long search", false, 20, "(search) …ong search: "],
    ["\x1b[2J", false, 80, "(search) \\x1b[2J: "],
  ];
  for (const [query, failed, columns, prompt] of cases) {
    assertEquals(searchPrompt({ query, failed }, columns), prompt);
  }
});

Deno.test("lineText() is one row", () => {
  assertEquals(lineText(showLine("> ", "one\ntwo\tthree", 4)), "> one↵two    three");
});

Deno.test("rowsAboveCursor() counts rows as a terminal of another size has wrapped them", () => {
  const counts: [text: string, columns: number, above: number][] = [
    ["one|", 20, 0],
    [`${X}|`, 20, 1],
    [`${X}${X}|`, 40, 1],
    [`${X}|x`, 19, 2],
    [`${X}|x`, 10, 2],
    [`${X}|x`, 9, 3],
    [`|${X}${X}`, 5, 0],
    [`${X}${X}|`, 5, 7],
  ];
  for (const [text, columns, above] of counts) {
    const line = showLine("> ", text.replace("|", ""), text.indexOf("|"));
    const layout = layOutLine(line, SIZE);
    assertEquals([text, columns, rowsAboveCursor(layout, columns)], [text, columns, above]);
  }
});

Deno.test("wordColumns() fills rows by the width of the words", () => {
  assertEquals(wordColumns(["anna", "bob", "cat"], 14), ["anna  bob  cat"]);
  assertEquals(wordColumns(["anna", "bob", "cat"], 13), ["anna  bob", "cat"]);
  assertEquals(wordColumns(["한국어", "한국말", "ann"], 14), ["한국어  한국말", "ann"]);
  assertEquals(wordColumns(["한국어", "한국말", "ann"], 13), ["한국어", "한국말  ann"]);
  assertEquals(wordColumns([], 13), []);
});
