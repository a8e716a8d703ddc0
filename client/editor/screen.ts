import { firstColumns, lastColumns, MAX_UNITS, measureEnd, wrap } from "../../text/width.ts";
import { wrapWithIndent } from "../render/wrap.ts";

/** A terminal to write to: standard output, if it is one. */
export interface ScreenOutput {
  /** Writes text that may hold escape sequences. */
  write(text: string): unknown;
  /** Characters in a row, as of now; 80 if it does not say. */
  readonly columns?: number;
  /** Rows, as of now; 24 if it does not say. */
  readonly rows?: number;
}

/** What the line that is being typed looks like: no controls but SGR sequences in the prompt. */
export interface ShownLine {
  /** What stands in front of it. */
  readonly prompt: string;
  /** What is before the cursor. */
  readonly before: string;
  /** What is behind the cursor. */
  readonly after: string;
}

/** What a screen is like; all is false by default. */
interface ScreenOptions {
  readonly dumb?: boolean;
  readonly timed?: boolean;
}

/** The rows that a line was drawn in. */
interface Drawing {
  readonly rows: readonly string[];
  /** The row that the cursor is in, and what is before it there. */
  readonly cursorRow: number;
  readonly beforeCursor: string;
}

/**
 * The terminal of somebody who types: lines appear above the one being typed, which
 * stays as it is. Nothing else writes to the terminal while this is in use.
 *
 * Terminals differ in how wide some characters are, and tell of a new size after they
 * have wrapped anew what they show. So the cursor gets to its place by writing what is
 * before it in its row once more; and rows are ended here, not left to wrap, so that
 * a terminal that grows leaves them alone: what is printed above is never written over.
 */
export class Screen {
  readonly #output: ScreenOutput;
  readonly #dumb: boolean;
  readonly #timed: boolean;
  /** The line, and how it was drawn; undefined while there is none. */
  #line: ShownLine | undefined;
  #drawing: Drawing | undefined;

  /**
   * Draws on `output`, from the row on where the cursor is. A `dumb` terminal knows no
   * escape sequences: what is written there stays. See {@linkcode WrapOptions} for
   * `timed`.
   */
  constructor(output: ScreenOutput, { dumb = false, timed = false }: ScreenOptions = {}) {
    this.#output = output;
    this.#dumb = dumb;
    this.#timed = timed;
  }

  /** Shows a line in the place of the one that is shown. */
  draw(line: ShownLine): void {
    this.#write(this.#dumb ? retyped(this.#line, line) : this.#toStart() + this.#drawn(line));
    this.#line = line;
  }

  /**
   * Prints lines, which must hold no controls but SGR sequences, above the line. Where they
   * wrap they are indented.
   */
  print(lines: readonly string[]): void {
    if (lines.length === 0) return;
    const options = { columns: this.#columns, timed: this.#timed };
    const rows = lines.flatMap((line) => wrapWithIndent(line, options));
    const printed = rows.map((row) => `${row}\r\n`).join("");
    if (!this.#line) this.#write(printed);
    else if (this.#dumb) this.#write(`\r\n${printed}${lineText(this.#line)}`);
    else this.#write(this.#toStart() + printed + this.#drawn(this.#line));
  }

  /** Clears the terminal; the line moves to its top. */
  clear(): void {
    if (!this.#dumb) this.#write(`\x1b[H\x1b[2J${this.#line ? this.#drawn(this.#line) : ""}`);
  }

  /** Takes the line away; the cursor stays where it began. */
  erase(): void {
    this.#write(this.#dumb ? "\r\n" : this.#toStart());
    this.#line = this.#drawing = undefined;
  }

  /** Leaves the line as it is, with the cursor below. */
  leave(): void {
    if (!this.#line) return;
    const { prompt, before, after } = this.#line;
    if (after !== "") this.draw({ prompt, before: before + after, after: "" });
    this.#write("\r\n");
    this.#line = this.#drawing = undefined;
  }

  /** Switches a private mode of the terminal (DECSET) on or off. */
  setMode(mode: number, on: boolean): void {
    if (!this.#dumb) this.#write(`\x1b[?${mode}${on ? "h" : "l"}`);
  }

  /** Rings the terminal's bell. */
  ring(): void {
    this.#write("\x07");
  }

  get #columns(): number {
    return this.#output.columns || 80;
  }

  get #rows(): number {
    return this.#output.rows || 24;
  }

  /** Moves to where the line begins, and clears from there on. */
  #toStart(): string {
    if (!this.#drawing) return "";
    const { rows, cursorRow, beforeCursor } = this.#drawing;
    // A terminal that has become narrower since has wrapped them.
    const above = [...rows.slice(0, cursorRow), beforeCursor]
      .reduce((sum, row) => sum + measureEnd(row, this.#columns).row, cursorRow);
    // Not from the first column: tmux keeps in its history what is cleared from the very top.
    return `${up(above)}\r\x1b[K\x1b[C\x1b[J\r`;
  }

  /** Writes a line from the start of a row on, and leaves the cursor in its place. */
  #drawn(line: ShownLine): string {
    const columns = this.#columns;
    const { prompt, before, after } = fit(line, columns, this.#rows);
    const rows = wrap(prompt + before + after, columns);
    const rowsBefore = wrap(prompt + before, columns);
    const cursorRow = rowsBefore.length - 1;
    const beforeCursor = rowsBefore[cursorRow] ?? "";
    this.#drawing = { rows, cursorRow, beforeCursor };
    const back = `${up(rows.length - rowsBefore.length)}\r${beforeCursor}`;
    return rows.join("\r\n") + (after === "" ? "" : back);
  }

  #write(text: string): void {
    if (text !== "") this.#output.write(text);
  }
}

/** Returns what to send to a terminal that cannot take anything back. */
function retyped(shown: ShownLine | undefined, line: ShownLine): string {
  const text = lineText(line);
  if (!shown) return text;
  const old = lineText(shown);
  return text.startsWith(old) ? text.slice(old.length) : `\r\n${text}`;
}

function lineText({ prompt, before, after }: ShownLine): string {
  return prompt + before + after;
}

function up(rows: number): string {
  return rows > 0 ? `\x1b[${rows}A` : "";
}

/** Cuts a line that is larger than the screen to what is around the cursor: what has scrolled away stays. */
function fit(line: ShownLine, columns: number, rows: number): ShownLine {
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
