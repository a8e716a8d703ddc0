import { escapeText } from "../../text/escape.ts";
import {
  firstColumns,
  lastColumns,
  MAX_UNITS,
  maxWidth,
  measureEnd,
  wrap,
} from "../../text/width.ts";

/**
 * A line as it is shown. It has no controls but SGR sequences in the prompt, and newlines between
 * the rows of the text.
 */
export interface ShownLine {
  readonly prompt: string;
  /** The text before the cursor. */
  readonly before: string;
  /** The text after the cursor. */
  readonly after: string;
}

/** A line with the indent of all its rows but the first. */
interface IndentedLine extends ShownLine {
  readonly indent: string;
}

/** The rows of a line on a terminal, and the position of its cursor. */
export interface LineLayout {
  readonly rows: readonly string[];
  /** The row of the cursor, and the text before the cursor in that row. */
  readonly cursorRow: number;
  readonly beforeCursor: string;
}

/** The number of characters in a row, and of rows. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** A tab in a text. */
const TAB = "    ";

/**
 * Returns how to show a text with a cursor: tabs as spaces, and other characters that are invisible,
 * or controls, as escapes.
 */
export function showLine(prompt: string, text: string, cursor: number): ShownLine {
  const shown = escapeRows(text);
  // The text before a joiner decides how it is shown: the start of a line alone may look different.
  const after = escapeRows(text.slice(cursor));
  return { prompt, before: shown.slice(0, shown.length - after.length), after };
}

function escapeRows(text: string): string {
  const escaped = (row: string) => row.split("\t").map(escapeText).join(TAB);
  return text.split("\n").map(escaped).join("\n");
}

/** Returns the prompt of a search through the history, on a terminal of `columns` columns. */
export function searchPrompt(
  { query, failed }: { readonly query: string; readonly failed: boolean },
  columns: number,
): string {
  const text = escapeRows(query);
  const end = lastColumns(text, Math.floor(columns / 2));
  return `(${failed ? "no match" : "search"}) ${end === text ? "" : "…"}${end}: `;
}

/** Returns the whole text of a line in one row. */
export function lineText({ prompt, before, after }: ShownLine): string {
  return prompt + (before + after).replaceAll("\n", "↵");
}

/** Lays a line out on a terminal; a line that is larger is cut to the text around the cursor. */
export function layOutLine(line: ShownLine, size: ScreenSize): LineLayout {
  const { columns } = size;
  const indent = " ".repeat(Math.min(maxWidth(line.prompt), Math.floor(columns / 4)));
  const fitting = fit({ ...line, indent }, size);
  const { before, after } = fitting;
  const rowsBefore = wrapRows(fitting, before, columns);
  const cursorRow = rowsBefore.length - 1;
  const rows = wrapRows(fitting, before + after, columns);
  return fitRows({ rows, cursorRow, beforeCursor: rowsBefore[cursorRow] ?? "" }, size);
}

/** Breaks a text into the rows of a terminal. All but the first are indented like the text. */
function wrapRows({ prompt, indent }: IndentedLine, text: string, columns: number): string[] {
  return text.split("\n").flatMap((row, i) => wrap((i === 0 ? prompt : indent) + row, columns));
}

/** Returns how many rows are above the cursor on a terminal that has `columns` columns now. */
export function rowsAboveCursor(
  { rows, cursorRow, beforeCursor }: LineLayout,
  columns: number,
): number {
  // A terminal that has become narrower since has wrapped them.
  return [...rows.slice(0, cursorRow), beforeCursor]
    .reduce((sum, row) => sum + measureEnd(row, columns).row, cursorRow);
}

/** Rows that have scrolled away stay as they are: so the line leaves a row free above it. */
function fit(line: IndentedLine, { columns, rows }: ScreenSize): IndentedLine {
  const text = line.before + line.after;
  if (text.length <= MAX_UNITS * columns * rows && wrapRows(line, text, columns).length < rows) {
    return line;
  }
  const half = columns * Math.max(1, Math.floor(rows / 2) - 1) - 1;
  const before = lastColumns(line.before, half);
  const after = firstColumns(line.after, half);
  return {
    ...line,
    prompt: before === line.before ? line.prompt : "…",
    before,
    after: after === line.after ? after : `${after}…`,
  };
}

/** Cuts rows to those around the cursor, if newlines have made too many of them. */
function fitRows(layout: LineLayout, { rows: most }: ScreenSize): LineLayout {
  const { rows, cursorRow } = layout;
  const room = Math.max(1, most - 1);
  if (rows.length <= room) return layout;
  const end = Math.min(rows.length, Math.max(room, cursorRow + 1 + Math.floor(room / 2)));
  const start = end - room;
  const shown = rows.slice(start, end).map((row, i) => {
    const at = start + i;
    const isCut = at === start && start > 0 || at === end - 1 && end < rows.length;
    return isCut && at !== cursorRow ? "…" : row;
  });
  return { ...layout, rows: shown, cursorRow: cursorRow - start };
}
