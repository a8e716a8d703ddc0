/**
 * Cursor positions in a text: between user-perceived characters (grapheme clusters, UAX #29), and
 * at the ends of words.
 *
 * @module
 */

/** Created on first use, since that takes longer than the rest of the program's start. */
let segmenter: Intl.Segmenter | undefined;

/** A word: letters, digits and underscores with their marks; or a run of other symbols. */
const WORD = /[\p{L}\p{N}\p{Pc}][\p{L}\p{M}\p{N}\p{Pc}\u200C\u200D]*|[^\p{L}\p{N}\p{Pc}\s]+/gu;

/** Splits a text into its clusters. */
export function graphemes(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter("und", { granularity: "grapheme" });
  return segmenter.segment(text);
}

/**
 * Returns the start of the cluster that contains the code unit at `index`; `index` at the end of
 * `text`.
 */
export function graphemeStart(text: string, index: number): number {
  return graphemes(text).containing(index)?.index ?? index;
}

/**
 * Returns the end of the cluster that contains the code unit at `index`; `index` at the end of
 * `text`.
 */
export function graphemeEnd(text: string, index: number): number {
  const cluster = graphemes(text).containing(index);
  return cluster ? cluster.index + cluster.segment.length : index;
}

/** Returns the start of the word before `index`; 0 if there is none. */
export function wordStart(text: string, index: number): number {
  const word = [...text.slice(0, index).matchAll(WORD)].at(-1);
  return graphemeStart(text, word?.index ?? 0);
}

/** Returns the end of the word after `index`; the end of `text` if there is none. */
export function wordEnd(text: string, index: number): number {
  const [word] = text.slice(index).matchAll(WORD);
  return word ? graphemeEnd(text, index + word.index + word[0].length - 1) : text.length;
}

/** Returns the longest common prefix of texts, in whole clusters. */
export function commonPrefix(texts: readonly string[]): string {
  const [first = "", ...others] = texts;
  let length = first.length;
  for (const text of others) {
    while (!text.startsWith(first.slice(0, length))) length--;
  }
  return first.slice(0, graphemeStart(first, length));
}
