import { escapeText } from "../../text/escape.ts";
import { firstColumns, lastColumns, MAX_UNITS, measureEnd, wrap } from "../../text/width.ts";

/** A line as it is shown. It has no controls but SGR sequences in the prompt. */
export interface ShownLine {
  readonly prompt: string;
  /** The text before the cursor. */
  readonly before: string;
  /** The text after the cursor. */
  readonly after: string;
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

/**
 * Returns how to show a text with a cursor: characters that are invisible, or controls, as escapes.
 */
export function showLine(prompt: string, text: string, cursor: number): ShownLine {
  const shown = escapeText(text);
  // The text before a joiner decides how it is shown: the start of a line alone may look different.
  const after = escapeText(text.slice(cursor));
  return { prompt, before: shown.slice(0, shown.length - after.length), after };
}

/** Returns the whole text of a line. */
export function lineText({ prompt, before, after }: ShownLine): string {
  return prompt + before + after;
}

/** Lays a line out on a terminal; a line that is larger is cut to the text around the cursor. */
export function layOutLine(line: ShownLine, size: ScreenSize): LineLayout {
  const { prompt, before, after } = fit(line, size);
  const rowsBefore = wrap(prompt + before, size.columns);
  const cursorRow = rowsBefore.length - 1;
  return {
    rows: wrap(prompt + before + after, size.columns),
    cursorRow,
    beforeCursor: rowsBefore[cursorRow] ?? "",
  };
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
function fit(line: ShownLine, { columns, rows }: ScreenSize): ShownLine {
  const text = lineText(line);
  if (text.length <= MAX_UNITS * columns * rows && wrap(text, columns).length < rows) return line;
  const half = columns * Math.max(1, Math.floor(rows / 2) - 1) - 1;
  const before = lastColumns(line.before, half);
  const after = firstColumns(line.after, half);
  return {
    prompt: before === line.before ? line.prompt : "…",
    before,
    after: after === line.after ? after : `${after}…`,
  };
}
