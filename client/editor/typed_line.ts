import { Interface, type ReadLineOptions } from "node:readline";
import { graphemeEnd, graphemeStart, wordEnd, wordStart } from "../../text/grapheme.ts";
import type { Key } from "./key.ts";
import { tokenAround } from "./pastes.ts";

/** What readline calls on itself, for subclasses to change; its types leave it out. */
interface Internals {
  /** Does what a key says. */
  _ttyWrite(text: string | undefined, key: Key): void;
  /** Adds the line to the history. */
  _addHistory(): string;
  /** Draws the line after a change. */
  _refreshLine(): void;
  /** Enter. */
  _line(): void;
  clearLine(): void;
}

// The cast only adds what the types leave out.
const Readline = Interface as unknown as new (options: ReadLineOptions) => Interface & Internals;

/** How many edits can be undone. */
const MAX_UNDO = 100;

/**
 * Readline's line, edited by what people see as characters: grapheme clusters, and the
 * tokens of pastes. Readline itself goes by code points, and by words of ASCII.
 */
export class TypedLine extends Readline {
  // Readline's own, which its types make readonly.
  declare line: string;
  declare cursor: number;
  /** What Ctrl-Y inserts: what was killed last. */
  #killed = "";
  /** The line before each of the latest edits. */
  #undo: { readonly line: string; readonly cursor: number }[] = [];
  /** The line as the last typed character left it: those that follow are undone with it. */
  #typed: string | undefined;

  override _ttyWrite(text: string | undefined, key: Key): void {
    if (key.ctrl && key.name === "t") this.#transpose();
    else if (key.ctrl && key.name === "y") this.insert(this.#killed);
    else if (key.ctrl && key.name === "_") this.#undoEdit();
    else super._ttyWrite(text, key);
  }

  override clearLine(): void {
    this.line = "";
    this.cursor = 0;
    this.#undo = [];
    this.#typed = undefined;
    this._refreshLine();
  }

  /** Inserts a text at the cursor. */
  insert(text: string): void {
    const { line, cursor } = this;
    this.change(line.slice(0, cursor) + text + line.slice(cursor), cursor + text.length);
  }

  /** Inserts what is typed. */
  _insertString(text: string): void {
    const goesOn = this.line === this.#typed;
    this.insert(text);
    if (goesOn) this.#undo.pop();
    this.#typed = this.line;
  }

  /** Changes the line, in a way that can be undone. */
  change(line: string, cursor: number): void {
    this.#undo.push({ line: this.line, cursor: this.cursor });
    if (this.#undo.length > MAX_UNDO) this.#undo.shift();
    this.#typed = undefined;
    this.line = line;
    this.cursor = cursor;
    this._refreshLine();
  }

  #undoEdit(): void {
    const edit = this.#undo.pop();
    if (!edit) return;
    this.#typed = undefined;
    this.line = edit.line;
    this.cursor = edit.cursor;
    this._refreshLine();
  }

  _moveCursor(distance: number): void {
    const target = Math.min(Math.max(0, this.cursor + distance), this.line.length);
    this.cursor = distance < 0 ? this.#back(target) : this.#forth(target);
    this.#typed = undefined;
    this._refreshLine();
  }

  _wordLeft(): void {
    this._moveCursor(wordStart(this.line, this.cursor) - this.cursor);
  }

  _wordRight(): void {
    this._moveCursor(wordEnd(this.line, this.cursor) - this.cursor);
  }

  _deleteLeft(): void {
    if (this.cursor > 0) this.#delete(this.#back(this.cursor - 1), this.cursor);
  }

  _deleteRight(): void {
    const { line, cursor } = this;
    if (cursor < line.length) this.#delete(cursor, this.#forth(cursor + 1));
  }

  _deleteWordLeft(): void {
    this.#kill(this.#back(wordStart(this.line, this.cursor)), this.cursor);
  }

  _deleteWordRight(): void {
    this.#kill(this.cursor, this.#forth(wordEnd(this.line, this.cursor)));
  }

  _deleteLineLeft(): void {
    this.#kill(0, this.cursor);
  }

  _deleteLineRight(): void {
    this.#kill(this.cursor, this.line.length);
  }

  #delete(start: number, end: number): void {
    this.change(this.line.slice(0, start) + this.line.slice(end), start);
  }

  /** Deletes what Ctrl-Y brings back. */
  #kill(start: number, end: number): void {
    if (start === end) return;
    this.#killed = this.line.slice(start, end);
    this.#delete(start, end);
  }

  /** Swaps the characters around the cursor, or the last two. */
  #transpose(): void {
    const { line, cursor } = this;
    const end = this.#forth(Math.min(cursor + 1, line.length));
    const middle = this.#back(Math.max(end - 1, 0));
    if (middle === 0) return;
    const start = this.#back(middle - 1);
    const swapped = line.slice(middle, end) + line.slice(start, middle);
    this.change(line.slice(0, start) + swapped + line.slice(end), end);
  }

  /** The place at `index`, or the next one to the left, where the cursor may stand. */
  #back(index: number): number {
    return tokenAround(this.line, index)?.start ?? graphemeStart(this.line, index);
  }

  /** The place at `index`, or the next one to the right, where the cursor may stand. */
  #forth(index: number): number {
    const { line } = this;
    const token = tokenAround(line, index);
    if (token) return token.end;
    return graphemeStart(line, index) === index ? index : graphemeEnd(line, index);
  }
}
