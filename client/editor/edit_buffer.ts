import { graphemeEnd, graphemeStart, wordEnd, wordStart } from "../../text/grapheme.ts";
import { firstColumns, maxWidth } from "../../text/width.ts";
import { hasPasteToken, tokenAround } from "./pastes.ts";

/** The number of edits that can be undone. */
const MAX_UNDO = 100;

/**
 * Edits in a row that count as one: undo reverts typed characters together, and deleted ones, and
 * yank inserts kills together.
 */
type Run = "typing" | "deleting" | "killing";

/** A text and the place of the cursor in it. */
interface Snapshot {
  readonly text: string;
  readonly cursor: number;
}

/** A line with its cursor and its edits. */
export interface EditState {
  readonly text: string;
  /** The place of the cursor. Default: the end. */
  readonly cursor?: number;
  /** The line before each of the latest edits. Default: none. */
  readonly undo?: readonly Snapshot[];
  /** The line after each of the edits that were undone. Default: none. */
  readonly redo?: readonly Snapshot[];
}

/**
 * A line of text with a cursor, edited by graphemes and words. The line has a row for each newline
 * in it. The token of a paste is one character. Every edit can be undone.
 *
 * {@linkcode EditBuffer.left} and the like are places to go to: the methods that move, delete, kill
 * and change case accept such a place.
 */
export class EditBuffer {
  readonly #maxLength: number;
  #text = "";
  #cursor = 0;
  /** The line before each of the latest edits. */
  #undo: Snapshot[] = [];
  /** The line after each of the edits that were undone since. */
  #redo: Snapshot[] = [];
  #run: Run | undefined;
  /** The text that {@linkcode EditBuffer.yank} inserts. */
  #killed = "";

  /** Creates an empty line of at most `maxLength` UTF-16 units. */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  get text(): string {
    return this.#text;
  }

  get cursor(): number {
    return this.#cursor;
  }

  /** The text before the cursor. */
  get before(): string {
    return this.#text.slice(0, this.#cursor);
  }

  /** One character to the left. */
  get left(): number {
    return this.#atOrBefore(Math.max(0, this.#cursor - 1));
  }

  /** One character to the right. */
  get right(): number {
    return this.#atOrAfter(Math.min(this.#cursor + 1, this.end));
  }

  /** The start of the word on the left. */
  get wordLeft(): number {
    return this.#atOrBefore(wordStart(this.#text, this.#cursor));
  }

  /** The end of the word on the right. */
  get wordRight(): number {
    return this.#atOrAfter(wordEnd(this.#text, this.#cursor));
  }

  /** The end of the line. */
  get end(): number {
    return this.#text.length;
  }

  /** The start of the row. */
  get rowStart(): number {
    return this.before.lastIndexOf("\n") + 1;
  }

  /** The end of the row. */
  get rowEnd(): number {
    return endOfRow(this.#text, this.#cursor);
  }

  /** The place above the cursor; undefined in the first row. */
  get above(): number | undefined {
    const { rowStart } = this;
    if (rowStart === 0) return undefined;
    return this.#inRow(this.#text.slice(0, rowStart - 1).lastIndexOf("\n") + 1);
  }

  /** The place below the cursor; undefined in the last row. */
  get below(): number | undefined {
    const { rowEnd } = this;
    return rowEnd === this.end ? undefined : this.#inRow(rowEnd + 1);
  }

  /** Moves the cursor. */
  moveTo(place: number): void {
    this.#run = undefined;
    this.#cursor = place;
  }

  /** Deletes the text between the cursor and a place. */
  deleteTo(place: number): void {
    this.#replaceTo(place, "", "deleting");
  }

  /**
   * Deletes the text between the cursor and a place, and keeps it for {@linkcode EditBuffer.yank}.
   */
  killTo(place: number): void {
    const killed = this.#textTo(place);
    if (killed === "") return;
    const earlier = this.#run === "killing" ? this.#killed : "";
    this.#killed = place < this.#cursor ? killed + earlier : earlier + killed;
    this.#replaceTo(place, "", "killing");
  }

  /** Inserts the text that was killed last. */
  yank(): void {
    this.insert(this.#killed);
  }

  /** Inserts typed text, if there is room for it. */
  type(text: string): void {
    this.insert(text, "typing");
  }

  /** Inserts a text at the cursor; false if the line would get too long. */
  insert(text: string, run?: Run): boolean {
    if (this.#text.length + text.length > this.#maxLength) return false;
    this.#replaceTo(this.#cursor, text, run);
    return true;
  }

  /**
   * Replaces the text between the cursor and a place on the right by `change` of it, and moves
   * there.
   */
  changeTo(place: number, change: (text: string) => string): void {
    const text = this.#textTo(place);
    // A token stands for a paste: its own text is not a word.
    if (hasPasteToken(text)) this.moveTo(place);
    else this.#replaceTo(place, change(text));
  }

  /** Swaps the characters around the cursor, or the last two. */
  transpose(): void {
    const end = this.right;
    const middle = this.#atOrBefore(Math.max(0, end - 1));
    if (middle === 0) return;
    const start = this.#atOrBefore(middle - 1);
    const text = this.#text;
    const swapped = text.slice(middle, end) + text.slice(start, middle);
    this.set(text.slice(0, start) + swapped + text.slice(end), end);
  }

  /** Replaces the whole line. */
  set(text: string, cursor = text.length): void {
    this.#change(text, cursor);
  }

  /** Takes the latest edit back. */
  undo(): void {
    this.#exchange(this.#undo, this.#redo);
  }

  /** Makes the edit again that was undone last. */
  redo(): void {
    this.#exchange(this.#redo, this.#undo);
  }

  /** Empties the line for the next one: nothing of it can be undone. */
  clear(): void {
    this.load({ text: "" });
  }

  /** Returns the line, to be edited further later. */
  save(): EditState {
    const { text, cursor } = this;
    return { text, cursor, undo: [...this.#undo], redo: [...this.#redo] };
  }

  /** Replaces the line and all that can be undone by another one. */
  load({ text, cursor = text.length, undo = [], redo = [] }: EditState): void {
    this.#text = text;
    this.#cursor = this.#atOrBefore(cursor);
    this.#undo = [...undo];
    this.#redo = [...redo];
    this.#run = undefined;
  }

  #exchange(from: Snapshot[], to: Snapshot[]): void {
    const other = from.pop();
    if (!other) return;
    to.push({ text: this.#text, cursor: this.#cursor });
    this.#run = undefined;
    this.#text = other.text;
    this.#cursor = other.cursor;
  }

  #textTo(place: number): string {
    return this.#text.slice(Math.min(place, this.#cursor), Math.max(place, this.#cursor));
  }

  #replaceTo(place: number, text: string, run?: Run): void {
    const start = Math.min(place, this.#cursor);
    const end = Math.max(place, this.#cursor);
    if (start === end && text === "") return;
    const changed = this.#text.slice(0, start) + text + this.#text.slice(end);
    this.#change(changed, start + text.length, run);
  }

  #change(text: string, cursor: number, run?: Run): void {
    const isUndoneTogether = run !== undefined && run !== "killing" && this.#run === run;
    if (!isUndoneTogether) this.#undo.push({ text: this.#text, cursor: this.#cursor });
    if (this.#undo.length > MAX_UNDO) this.#undo.shift();
    this.#redo = [];
    this.#run = run;
    this.#text = text;
    this.#cursor = cursor;
  }

  /** Returns the place in the row that starts at `start` in the column of the cursor. */
  #inRow(start: number): number {
    const column = maxWidth(this.#text.slice(this.rowStart, this.#cursor));
    const row = this.#text.slice(start, endOfRow(this.#text, start));
    return this.#atOrBefore(start + firstColumns(row, column).length);
  }

  /** Returns `index`, or the next place to the left where the cursor may stand. */
  #atOrBefore(index: number): number {
    const start = graphemeStart(this.#text, index);
    // A mark after a paste is one grapheme with the end of its token.
    return (tokenAround(this.#text, index) ?? tokenAround(this.#text, start))?.start ?? start;
  }

  /** Returns `index`, or the next place to the right where the cursor may stand. */
  #atOrAfter(index: number): number {
    const token = tokenAround(this.#text, index);
    if (token) return token.end;
    return graphemeStart(this.#text, index) === index ? index : graphemeEnd(this.#text, index);
  }
}

/** Returns the end of the row around `index`. */
function endOfRow(text: string, index: number): number {
  const end = text.indexOf("\n", index);
  return end < 0 ? text.length : end;
}
