import { isPrintableAscii } from "../../text/ascii.ts";
import { SGR, widestPieces } from "../../text/width.ts";
import { noteLookalikes } from "./note_lookalikes.ts";

/** The options for breaking lines. */
export interface WrapOptions {
  /** Columns of a row. */
  readonly columns: number;
  /** Whether all notes are shown with their times. */
  readonly timed: boolean;
  /** Columns in front of each row that the caller fills. Default 0. */
  readonly before?: number;
}

/** The indent of all rows of a line but the first, if there is room for it. */
const INDENT = "    ";

/** The narrowest terminal that is supported. */
const MIN_COLUMNS = 20;

/** The fewest columns of a row, however much is in front of it. */
const LEAST_COLUMNS = 10;

/** Visible white space. A space that a combining character is drawn over is none. */
const SPACE = /^[\s\u2800]$/u;

/**
 * A URL, kept whole so that it can be copied. It cannot pass for the start of a line of the chat.
 */
const LINK = /^[("'<]*[a-z][a-z0-9+.-]*:\/\/[\w.~:/?#@!$&'()*+,;=%<>"-]+$/i;

/** A part that is broken only if it does not fit. */
interface Word {
  /** The white space before it. */
  spaces: string;
  spacesWidth: number;
  text: string;
  width: number;
  /** Whether it looks like the start of a line. */
  isHead: boolean;
}

/**
 * Breaks a line into rows that fit on every terminal, and indents all rows but the first, so that
 * none can pass for a line of its own. The line may contain SGR sequences, but no other control
 * characters.
 *
 * A terminal that becomes narrower later breaks the rows again, anywhere, and starts the remainders
 * in the first column. Text that looks like the start of a line must never be at such a break, so
 * it is kept near the start of a row; the previous row ends early if needed.
 *
 * A URL longer than a row is left to the terminal, so that it can be copied whole.
 */
export function wrapWithIndent(line: string, options: WrapOptions): string[] {
  const { before = 0 } = options;
  const columns = Math.max(options.columns - before, Math.min(options.columns, LEAST_COLUMNS));
  const plain = line.replaceAll(SGR, "");
  const heads = before + plain.length > MIN_COLUMNS
    ? noteLookalikes(plain, options)
    : new Set<number>();
  if (heads.size === 0 && line.length <= columns && isPrintableAscii(line)) return [line];
  const rows = new Rows(columns, before);
  for (const word of withEnd([...words(line, heads)], rows.room)) rows.add(word);
  return rows.end();
}

/** Rows under construction. */
class Rows {
  readonly #columns: number;
  readonly #before: number;
  readonly #indent: string;
  readonly #rows: string[] = [];
  #row = "";
  #column = 0;
  /** Whether the row contains white space only. */
  #isBlank = true;
  /** Whether the row is closed: the terminal may have broken it anywhere. */
  #isOver = false;

  constructor(columns: number, before: number) {
    this.#columns = columns;
    this.#before = before;
    this.#indent = INDENT.slice(0, Math.max(1, Math.floor(columns / 4)));
  }

  /** The columns of a row after its indent. */
  get room(): number {
    return this.#columns - this.#indent.length;
  }

  add(word: Word): void {
    const { room } = this;
    const start = this.#column + word.spacesWidth;
    const ends = this.#isOver || word.isHead && this.#before + start >= MIN_COLUMNS;
    if (word.width === 0) return this.#addInvisible(word);
    const fits = start + word.width <= this.#columns;
    const isLink = word.width > room && LINK.test(word.text.replaceAll(SGR, ""));
    const goesOn = !ends && (fits || word.width > room && !isLink && start < this.#columns);
    if (goesOn) this.#append(word.spaces, word.spacesWidth);
    else this.#break();
    if (fits && goesOn || word.width <= room || isLink) this.#append(word.text, word.width);
    else this.#addBroken(word.text);
    this.#isBlank = false;
    this.#isOver = isLink;
  }

  /** Returns all rows. */
  end(): string[] {
    return [...this.#rows, this.#row];
  }

  /** White space at the end of a row needs no further separator. */
  #addInvisible({ spaces, spacesWidth, text }: Word): void {
    if (this.#column + spacesWidth <= this.#columns) this.#append(spaces, spacesWidth);
    this.#append(text, 0);
  }

  #addBroken(text: string): void {
    for (const [piece, width] of widestPieces(text)) {
      if (this.#column + width > this.#columns) this.#break();
      this.#append(piece, width);
      this.#isBlank = false;
    }
  }

  #append(text: string, width: number): void {
    this.#row += text;
    this.#column += width;
  }

  #break(): void {
    if (this.#isBlank) this.#row = this.#row.match(SGR)?.join("") ?? "";
    else {
      this.#rows.push(this.#row);
      this.#row = "";
    }
    this.#row += this.#indent;
    this.#column = this.#indent.length;
    this.#isBlank = true;
    this.#isOver = false;
  }
}

/**
 * Splits a line into its words. A wide character, of a script without spaces, is a word of its own.
 */
function* words(line: string, heads: ReadonlySet<number>): Generator<Word, void> {
  let word = newWord();
  let isWide = false;
  let at = 0; // An index in the text without SGR sequences.
  for (const [piece, width] of widestPieces(line)) {
    const isSgr = piece.startsWith("\x1b");
    const isSpace = SPACE.test(piece);
    const isHead = !isSgr && heads.has(at);
    if (isSpace ? word.text !== "" : word.width > 0 && !isSgr && (isHead || isWide || width > 1)) {
      yield word;
      word = newWord();
    }
    if (isSpace) {
      word.spaces += piece;
      word.spacesWidth += width;
    } else {
      word.text += piece;
      word.width += width;
      word.isHead ||= isHead;
    }
    if (isSgr) continue;
    isWide = width > 1;
    at += piece.length;
  }
  yield word;
}

/**
 * Joins the dashes at the end of a line about the chat to the word before them, if both fit in a
 * row, so that they are never alone in one.
 */
function withEnd(words: readonly Word[], room: number): readonly Word[] {
  const [before, dashes] = words.slice(-2);
  if (!before || !dashes || !/^(?:--|──)$/.test(dashes.text.replaceAll(SGR, ""))) return words;
  const width = before.width + dashes.spacesWidth + dashes.width;
  if (before.width === 0 || width > room) return words;
  const text = before.text + dashes.spaces + dashes.text;
  return [...words.slice(0, -2), { ...before, text, width }];
}

function newWord(): Word {
  return { spaces: "", spacesWidth: 0, text: "", width: 0, isHead: false };
}
