import { isPrintableAscii } from "../../text/ascii.ts";
import { SGR, widestPieces } from "../../text/width.ts";
import { noteLookalikes } from "./note_lookalikes.ts";

/** How to break lines. */
export interface WrapOptions {
  /** Characters in a row. */
  readonly columns: number;
  /** Whether all notes are shown with their times. */
  readonly timed: boolean;
}

/** What the rows of a line but the first begin with, where there is room for it. */
const INDENT = "    ";

/** No terminal is expected to get narrower. */
const MIN_COLUMNS = 20;

/** White space, as it looks; a space that others are drawn over is none. */
const SPACE = /^[\s\u2800]$/u;

/** A URL, kept whole so that it can be copied. It cannot pass for the start of a line of the chat. */
const LINK = /^[("'<]*[a-z][a-z0-9+.-]*:\/\/[\w.~:/?#@!$&'()*+,;=%<>"-]+$/i;

/** A stretch that is not broken if it can be helped. */
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
 * Breaks a line into rows that fit on every terminal, those but the first indented: none of
 * them can pass for a line of its own. The line may hold SGR sequences, but no other controls.
 *
 * A terminal that gets narrower later breaks the rows once more, where it likes, and starts
 * the rest in the first column. So what looks like the start of a line is never where that
 * can be: it stands near the start of a row, which is ended for it if need be.
 *
 * An address that is longer than a row is left to the terminal, to be copied whole.
 */
export function wrapWithIndent(line: string, options: WrapOptions): string[] {
  const { columns } = options;
  const plain = line.replaceAll(SGR, "");
  const heads = plain.length > MIN_COLUMNS ? noteLookalikes(plain, options) : new Set<number>();
  if (heads.size === 0 && line.length <= columns && isPrintableAscii(line)) return [line];
  const rows = new Rows(columns);
  for (const word of words(line, heads)) rows.add(word);
  return rows.end();
}

/** Rows that are being filled. */
class Rows {
  readonly #columns: number;
  readonly #indent: string;
  readonly #rows: string[] = [];
  #row = "";
  #column = 0;
  /** Whether there is nothing but white space in the row. */
  #isBlank = true;
  /** Whether nothing more goes into the row: who knows where the terminal has broken it. */
  #isOver = false;

  constructor(columns: number) {
    this.#columns = columns;
    this.#indent = INDENT.slice(0, Math.max(1, Math.floor(columns / 4)));
  }

  add(word: Word): void {
    const room = this.#columns - this.#indent.length;
    const start = this.#column + word.spacesWidth;
    const ends = this.#isOver || word.isHead && start >= MIN_COLUMNS;
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

  /** White space at the end of a row needs no other one. */
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

/** Takes a line apart into its words; wide characters, of scripts without spaces, are words each. */
function* words(line: string, heads: ReadonlySet<number>): Generator<Word, void> {
  let word = newWord();
  let isWide = false;
  let at = 0; // In the text without SGR sequences.
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

function newWord(): Word {
  return { spaces: "", spacesWidth: 0, text: "", width: 0, isHead: false };
}
