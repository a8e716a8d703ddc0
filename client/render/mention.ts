import { foldName } from "../../room/note.ts";
import { isAscii } from "../../text/ascii.ts";
import { graphemes } from "../../text/grapheme.ts";

/** A range of a text, in UTF-16 units; `end` is exclusive. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/**
 * A run of ASCII, in which each character folds by itself, to its lower case. Next to other
 * characters it may not.
 */
// deno-lint-ignore no-control-regex -- controls are ASCII, too
const ASCII_RUN = /(?<![^\x00-\x7F])[\x00-\x7F]{16,}(?![^\x00-\x7F])/g;

/** Word characters. */
const WORD = /[\p{L}\p{N}\p{M}_]/u;

/**
 * Scripts that are written without spaces between words, or, like Korean, with particles right
 * after a name.
 */
const UNSPACED = new RegExp(
  `[${
    ["Hani", "Hira", "Kana", "Bopo", "Hang", "Thai", "Laoo", "Khmr", "Mymr", "Tibt", "Java"]
      .map((script) => `\\p{scx=${script}}`).join("")
  }]`,
  "u",
);

/**
 * Returns whether a note mentions a name: whether its text contains the name as a whole word, in any
 * case and compatible spelling. A private note to somebody does not mention them by that.
 */
export function mentions(note: { readonly message: string }, name: string): boolean {
  return findMentions(note.message, name).length > 0;
}

/**
 * Finds the places where `text` contains `name` as a whole word, in any case and compatible
 * spelling.
 *
 * There is no word boundary between two letters, digits or underscores: `bob` is not in `bobby`.
 * But if one of the two is of a script without spaces, there may be one: `민수` is in `민수야`, and
 * `bob` in `bob님`. `민수` is in `김민수` too: a false mention is better than a missed one.
 */
export function findMentions(text: string, name: string): TextRange[] {
  const wanted = fold(name).text;
  const found: TextRange[] = [];
  if (wanted === "") return found;
  // Most texts contain no name. This rules out many without a look at each character.
  if (isAscii(text) && !text.toLowerCase().includes(wanted)) return found;
  const folded = fold(text);
  for (let from = folded.text.indexOf(wanted); from >= 0;) {
    const start = folded.origin[from]!;
    const end = folded.origin[from + wanted.length]!;
    const whole = start >= 0 && end >= 0 && isEdge(text, start) && isEdge(text, end);
    if (whole) found.push({ start, end });
    from = folded.text.indexOf(wanted, from + (whole ? wanted.length : 1));
  }
  return found;
}

/**
 * Finds the places where `text` contains one of some words or phrases, as whole words or as parts of
 * them, in any case and compatible spelling: in order, and without those that overlap an earlier one.
 */
export function occurrences(text: string, words: readonly string[]): TextRange[] {
  const folded = fold(text);
  const all: TextRange[] = [];
  for (const word of words) {
    const wanted = fold(word).text;
    for (let from = folded.text.indexOf(wanted); from >= 0;) {
      const [start, end] = [folded.origin[from]!, folded.origin[from + wanted.length]!];
      if (start >= 0 && end > start) all.push({ start, end });
      from = folded.text.indexOf(wanted, from + Math.max(1, wanted.length));
    }
  }
  all.sort((a, b) => a.start - b.start || b.end - a.end);
  let at = 0;
  return all.filter(({ start, end }) => {
    const isFree = start >= at;
    if (isFree) at = end;
    return isFree;
  });
}

/** Folds a text, and maps each unit of the result to its place in the text; -1 within clusters. */
function fold(text: string): { text: string; origin: readonly number[] } {
  let folded = "";
  const origin: number[] = [];
  const add = (part: string, index: number) => {
    folded += part;
    for (let i = 0; i < part.length; i++) origin.push(i === 0 ? index : -1);
  };
  // Each cluster separately: folding changes lengths, and composes across cluster boundaries.
  const addClusters = (start: number, end: number) => {
    for (const { segment, index } of graphemes(text.slice(start, end))) {
      add(foldName(segment), start + index);
    }
  };
  let at = 0;
  for (const { 0: run, index } of text.matchAll(ASCII_RUN)) {
    if (at < index) addClusters(at, index);
    folded += run.toLowerCase();
    for (let i = 0; i < run.length; i++) origin.push(index + i);
    at = index + run.length;
  }
  if (at < text.length) addClusters(at, text.length);
  origin.push(text.length);
  return { text: folded, origin };
}

/** True if a word may begin or end at `index`. */
function isEdge(text: string, index: number): boolean {
  const around = text.slice(Math.max(0, index - 1), index + 1);
  if (isAscii(around)) return !/\w\w/.test(around);
  const before = Array.from(text.slice(Math.max(0, index - 2), index)).at(-1) ?? "";
  const after = Array.from(text.slice(index, index + 2))[0] ?? "";
  if (!WORD.test(before) || !WORD.test(after)) return true;
  return UNSPACED.test(before) || UNSPACED.test(after);
}
