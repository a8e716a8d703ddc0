import { wrapWithIndent } from "../render/wrap.ts";
import {
  layOutLine,
  type LineLayout,
  lineText,
  rowsAboveCursor,
  type ShownLine,
} from "./line_layout.ts";

/** A terminal to write to: standard output, if it is one. */
export interface ScreenOutput {
  /** Writes text that may have escape sequences. */
  write(text: string): unknown;
  /** The number of characters in a row now; 80 if it is unknown. */
  readonly columns?: number;
  /** The number of rows now; 24 if it is unknown. */
  readonly rows?: number;
}

interface ScreenOptions {
  /** Whether the terminal knows no escape sequences; default: false. */
  readonly dumb?: boolean;
  /** Whether all notes are printed with their times; default: false. */
  readonly timed?: boolean;
}

/**
 * Shows lines above the one that a person is typing, which stays as it is. Nothing else writes to
 * the terminal while this is in use.
 *
 * Terminals differ in how wide some characters are, and report a new size only after they have
 * wrapped their rows anew. So the cursor gets to its place by writing the text before it in its row
 * once more. And rows are ended here, not left to wrap, so that a terminal that grows leaves them
 * alone: rows printed above are never overwritten.
 */
export class Screen {
  readonly #output: ScreenOutput;
  readonly #dumb: boolean;
  readonly #timed: boolean;
  /** The line, and its layout when it was drawn; undefined while there is none. */
  #line: ShownLine | undefined;
  #layout: LineLayout | undefined;

  /** Draws on `output`, from the row of the cursor on. A `dumb` terminal cannot erase anything. */
  constructor(output: ScreenOutput, { dumb = false, timed = false }: ScreenOptions = {}) {
    this.#output = output;
    this.#dumb = dumb;
    this.#timed = timed;
  }

  /** The number of characters in a row. */
  get columns(): number {
    return this.#size.columns;
  }

  /** Shows a line in place of the one that is shown. */
  draw(line: ShownLine): void {
    this.#write(this.#dumb ? retyped(this.#line, line) : this.#toStart() + this.#drawn(line));
    this.#line = line;
  }

  /**
   * Prints lines, which must have no controls but SGR sequences, and newlines between the rows of a
   * note, above the line. Lines that wrap are indented.
   */
  print(lines: readonly string[]): void {
    if (lines.length === 0) return;
    const options = { columns: this.#size.columns, timed: this.#timed };
    const rows = lines.flatMap((line) => wrapWithIndent(line, options));
    const printed = rows.map((row) => `${row}\r\n`).join("");
    if (!this.#line) this.#write(printed);
    else if (this.#dumb) this.#write(`\r\n${printed}${lineText(this.#line)}`);
    else this.#write(this.#toStart() + printed + this.#drawn(this.#line));
  }

  /** Clears the terminal; the line moves to its top. */
  clear(): void {
    if (this.#dumb) return;
    // The line is erased first: a terminal may keep the cleared screen in its history.
    this.#write(`${this.#toStart()}\x1b[H\x1b[2J${this.#line ? this.#drawn(this.#line) : ""}`);
  }

  /** Erases the line; the cursor stays at its start. */
  erase(): void {
    this.#write(this.#dumb ? "\r\n" : this.#toStart());
    this.#line = this.#layout = undefined;
  }

  /** Leaves the line as it is, with the cursor below. */
  leave(): void {
    if (!this.#line) return;
    const { prompt, before, after } = this.#line;
    if (after !== "") this.draw({ prompt, before: before + after, after: "" });
    this.#write("\r\n");
    this.#line = this.#layout = undefined;
  }

  /** Switches a private mode of the terminal (DECSET) on or off. */
  setMode(mode: number, on: boolean): void {
    if (!this.#dumb) this.#write(`\x1b[?${mode}${on ? "h" : "l"}`);
  }

  /** Rings the terminal's bell. */
  ring(): void {
    this.#write("\x07");
  }

  get #size(): { columns: number; rows: number } {
    return { columns: this.#output.columns || 80, rows: this.#output.rows || 24 };
  }

  /** Moves to the start of the line, and clears from there on. */
  #toStart(): string {
    if (!this.#layout) return "";
    // Not from the first column: tmux keeps a screen in its history that is cleared from the very
    // top.
    return `${up(rowsAboveCursor(this.#layout, this.#size.columns))}\r\x1b[K\x1b[C\x1b[J\r`;
  }

  /** Writes a line from the start of a row on, and leaves the cursor in its place. */
  #drawn(line: ShownLine): string {
    this.#layout = layOutLine(line, this.#size);
    const { rows, cursorRow, beforeCursor } = this.#layout;
    const back = `${up(rows.length - 1 - cursorRow)}\r${beforeCursor}`;
    return rows.join("\r\n") + (line.after === "" ? "" : back);
  }

  #write(text: string): void {
    if (text !== "") this.#output.write(text);
  }
}

/** Returns the text to send to a terminal that cannot erase anything. */
function retyped(shown: ShownLine | undefined, line: ShownLine): string {
  const text = lineText(line);
  if (!shown) return text;
  const old = lineText(shown);
  return text.startsWith(old) ? text.slice(old.length) : `\r\n${text}`;
}

function up(rows: number): string {
  return rows > 0 ? `\x1b[${rows}A` : "";
}
