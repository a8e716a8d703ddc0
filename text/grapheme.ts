/**
 * Where the cursor may stand in a text: between what people see as characters (grapheme
 * clusters, UAX #29), and at the ends of words.
 *
 * @module
 */

/** Made at its first use: that takes longer than all else at the start of a program. */
let segmenter: Intl.Segmenter | undefined;

/** A letter, digit or underscore, with what belongs to it, and more of them; or a run of other signs. */
const WORD = /[\p{L}\p{N}\p{Pc}][\p{L}\p{M}\p{N}\p{Pc}\u200C\u200D]*|[^\p{L}\p{N}\p{Pc}\s]+/gu;

/** Takes a text apart into its clusters. */
export function graphemes(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter("und", { granularity: "grapheme" });
  return segmenter.segment(text);
}

/** Returns where the cluster that holds the code unit at `index` begins; `index` at the end of `text`. */
export function graphemeStart(text: string, index: number): number {
  return graphemes(text).containing(index)?.index ?? index;
}

/** Returns where the cluster that holds the code unit at `index` ends; `index` at the end of `text`. */
export function graphemeEnd(text: string, index: number): number {
  const cluster = graphemes(text).containing(index);
  return cluster ? cluster.index + cluster.segment.length : index;
}

/** Returns where the word before `index` begins; 0 if there is none. */
export function wordStart(text: string, index: number): number {
  const word = [...text.slice(0, index).matchAll(WORD)].at(-1);
  return graphemeStart(text, word?.index ?? 0);
}

/** Returns where the word behind `index` ends; the end of `text` if there is none. */
export function wordEnd(text: string, index: number): number {
  const [word] = text.slice(index).matchAll(WORD);
  return word ? graphemeEnd(text, index + word.index + word[0].length - 1) : text.length;
}

/** Returns what texts begin with in common, in whole clusters. */
export function commonPrefix(texts: readonly string[]): string {
  const [first = "", ...others] = texts;
  let length = first.length;
  for (const text of others) {
    while (!text.startsWith(first.slice(0, length))) length--;
  }
  return first.slice(0, graphemeStart(first, length));
}
