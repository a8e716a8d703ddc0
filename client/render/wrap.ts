import { isPrintableAscii } from "../../text/ascii.ts";
import { maxWidth, SGR, widestPieces } from "../../text/width.ts";
import { headOf, noteLookalikes } from "./note_lookalikes.ts";
import { INDENT } from "./render.ts";

/** The options for breaking lines. */
export interface WrapOptions {
  /** Columns of a row. */
  readonly columns: number;
  /** Whether all notes are shown with their times. */
  readonly timed: boolean;
  /** Columns in front of each row that the caller fills. Default 0. */
  readonly before?: number;
}

/** The fewest columns for the text of a note under its head. */
const MIN_TEXT_COLUMNS = 16;

/** The narrowest terminal that is supported. */
const MIN_COLUMNS = 20;

/** The SGR sequences around reversed text. */
const REVERSE = "\x1b[7m", NO_REVERSE = "\x1b[27m";

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
 * none can pass for a line of its own. The line may contain SGR sequences, and newlines between rows
 * as a note has them, but no other control characters. The text of a note hangs under its start, if
 * there is room for that.
 *
 * A terminal that becomes narrower later breaks the rows again, anywhere, and starts the remainders
 * in the first column. Text that looks like the start of a line must never be at such a break, so
 * it is kept near the start of a row; the previous row ends early if needed.
 *
 * A URL longer than a row is left to the terminal, so that it can be copied whole.
 */
export function wrapWithIndent(line: string, options: WrapOptions): string[] {
  const [first = "", ...more] = line.split("\n");
  const { before = 0, timed } = options;
  const columns = Math.max(options.columns - before, Math.min(options.columns, LEAST_COLUMNS));
  const shape = { columns, timed, before };
  const indents = indentsOf(first, shape);
  return [first, ...more.map((row) => row.replace(INDENT, indents.hanging))]
    .flatMap((row) => wrapRow(row, indents, shape));
}

/** The indents of all rows of a line but the first. */
interface Indents {
  /** Under the text of a note. */
  readonly hanging: string;
  /** For words that need more room, or may not be that far from the start of the row. */
  readonly narrow: string;
}

function indentsOf(line: string, { columns, timed }: Required<WrapOptions>): Indents {
  const narrow = INDENT.slice(0, Math.max(1, Math.floor(columns / 4)));
  const head = headOf(line.replaceAll(SGR, ""));
  const width = maxWidth(head);
  const most = Math.min(Math.floor(columns / 3), columns - MIN_TEXT_COLUMNS);
  // Under a head without a time, text would be where other notes have their heads.
  const hangs = width > narrow.length && width <= most && (!timed || /^\d/.test(head));
  return { hanging: hangs ? " ".repeat(width) : narrow, narrow };
}

function wrapRow(line: string, indents: Indents, options: Required<WrapOptions>): string[] {
  const { columns, before } = options;
  const plain = line.replaceAll(SGR, "");
  const heads = before + plain.length > MIN_COLUMNS
    ? noteLookalikes(plain, options)
    : new Set<number>();
  if (heads.size === 0 && line.length <= columns && isPrintableAscii(line)) return [line];
  const rows = new Rows(options, indents);
  for (const word of withEnd([...words(line, heads)], rows.room)) rows.add(word);
  return rows.end();
}

/** Rows under construction. */
class Rows {
  readonly #columns: number;
  readonly #indents: Indents;
  readonly #before: number;
  readonly #rows: string[] = [];
  #row = "";
  #column = 0;
  /** Whether the row contains white space only. */
  #isBlank = true;
  /** Whether the row is closed: the terminal may have broken it anywhere. */
  #isOver = false;

  constructor({ columns, before }: Required<WrapOptions>, indents: Indents) {
    this.#columns = columns;
    this.#before = before;
    this.#indents = indents;
  }

  /** The columns of a row after the narrow indent. */
  get room(): number {
    return this.#columns - this.#indents.narrow.length;
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
    else this.#break(word);
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

  /** Begins a row, for `word` or for a piece of one. */
  #break(word?: Word): void {
    const isReversed = this.#row.lastIndexOf(REVERSE) > this.#row.lastIndexOf(NO_REVERSE);
    if (this.#isBlank) this.#row = this.#row.match(SGR)?.join("") ?? "";
    else {
      this.#rows.push(this.#row);
      this.#row = "";
    }
    const indent = this.#indentOf(word);
    // The indent is not a part of what is highlighted.
    this.#row += isReversed ? NO_REVERSE + indent + REVERSE : indent;
    this.#column = indent.length;
    this.#isBlank = true;
    this.#isOver = false;
  }

  #indentOf({ width, isHead }: Word = newWord()): string {
    const { hanging, narrow } = this.#indents;
    const isTooFar = isHead && this.#before + hanging.length >= MIN_COLUMNS;
    const isTooWide = width > this.#columns - hanging.length;
    return isTooFar || isTooWide ? narrow : hanging;
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
