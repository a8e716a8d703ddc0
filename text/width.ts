import { eastAsianWidth } from "get-east-asian-width";
import { isPrintableAscii } from "./ascii.ts";
import { graphemes, graphemeStart } from "./grapheme.ts";

/**
 * Characters that are drawn over or into the one before: marks, format characters, medial and final
 * jamo.
 */
const NO_COLUMN = /[\p{Mn}\p{Me}\p{Cf}\u1160-\u11FF\uD7B0-\uD7FF]/u;

/**
 * Clusters that are one picture of two columns (UTS #51): flags, keycaps, and sequences with joiners,
 * skin tones or U+FE0F.
 */
const PICTURE = new RegExp(
  String.raw`^\p{RI}{2}|^\p{ExtPict}.*[\u200D\uFE0F\p{EMod}]|^[#*0-9]\uFE0F?\u20E3`,
  "u",
);

/** Half of a flag. */
const REGIONAL_INDICATOR = /\p{RI}/u;

/** Select Graphic Rendition: colors and the like, which are not printed. */
// deno-lint-ignore no-control-regex -- that is what these sequences start with
export const SGR = /(\x1b\[[\d;:]*m)/g;

/** The most code units that are examined for each column to fill. */
export const MAX_UNITS = 8;

/** The position at the end of a text that starts at the first column of a row. */
export interface End {
  /** The number of rows below the first. */
  readonly row: number;
  /** The column. If the last row is exactly full, it is the number of columns of the terminal. */
  readonly column: number;
}

/**
 * Returns where `text` ends on a terminal that draws each grapheme cluster as one, and wraps after
 * `columns` columns and before a wide character that does not fit. The text may contain SGR
 * sequences, but no other control characters. Terminals differ in rare clusters, so do not place a
 * cursor by the result.
 */
export function measureEnd(text: string, columns: number): End {
  let row = 0;
  let column = 0;
  for (const [, width] of pieces(text, clusterWidth)) {
    if (column + width > columns) {
      row++;
      column = 0;
    }
    column += width;
  }
  return { row, column };
}

/**
 * Breaks a text into rows that fit into `columns` columns on every terminal. A cluster that some
 * terminals draw as one picture counts as wide as its characters, as others draw it.
 */
export function wrap(text: string, columns: number): string[] {
  const rows = [];
  let row = "";
  let left = columns;
  for (const [piece, width] of pieces(text, maxClusterWidth)) {
    if (width > left) {
      rows.push(row);
      row = "";
      left = columns;
    }
    row += piece;
    left -= width;
  }
  return left > 0 ? [...rows, row] : [...rows, row, ""];
}

/** Returns the whole clusters at the start of `text` that fit into `width` columns. */
export function firstColumns(text: string, width: number): string {
  let length = 0;
  let left = width;
  for (const [cluster, width] of pieces(text.slice(0, left * MAX_UNITS), maxClusterWidth)) {
    left -= width;
    if (left < 0) break;
    length += cluster.length;
  }
  return text.slice(0, length);
}

/** Returns the whole clusters at the end of `text` that fit into `width` columns. */
export function lastColumns(text: string, width: number): string {
  const from = graphemeStart(text, Math.max(0, text.length - width * MAX_UNITS));
  let length = 0;
  let left = width;
  for (const [cluster, width] of [...pieces(text.slice(from), maxClusterWidth)].reverse()) {
    left -= width;
    if (left < 0) break;
    length += cluster.length;
  }
  return text.slice(text.length - length);
}

/** Returns the most columns that a terminal may give a text. */
export function maxWidth(text: string): number {
  let sum = 0;
  for (const [, width] of pieces(text, maxClusterWidth)) sum += width;
  return sum;
}

/**
 * Splits a text into clusters and SGR sequences, with the most columns that a terminal may give
 * each.
 */
export function widestPieces(text: string): Generator<[piece: string, width: number], void> {
  return pieces(text, maxClusterWidth);
}

/** Splits a text into clusters and SGR sequences, with the width of each. */
function* pieces(
  text: string,
  graphemeWidth: (cluster: string) => number,
): Generator<[piece: string, width: number], void> {
  for (const part of text.split(SGR)) {
    if (part.startsWith("\x1b")) yield [part, 0];
    else if (isPrintableAscii(part)) { for (const character of part) yield [character, 1]; }
    else for (const { segment } of graphemes(part)) yield [segment, graphemeWidth(segment)];
  }
}

function clusterWidth(cluster: string): number {
  return PICTURE.test(cluster) ? 2 : sumOfWidths(cluster, characterWidth);
}

function maxClusterWidth(cluster: string): number {
  return Math.max(clusterWidth(cluster), sumOfWidths(cluster, maxCharacterWidth));
}

function sumOfWidths(cluster: string, widthOf: (character: string) => number): number {
  let width = 0;
  for (const character of cluster) width += widthOf(character);
  return width;
}

/** Two columns for wide characters, emoji among them; one for others, and for ambiguous ones. */
function characterWidth(character: string): number {
  return NO_COLUMN.test(character) ? 0 : eastAsianWidth(character.codePointAt(0)!);
}

/** Half of a flag on its own is one column wide in some terminals and two in others. */
function maxCharacterWidth(character: string): number {
  return REGIONAL_INDICATOR.test(character) ? 2 : characterWidth(character);
}
