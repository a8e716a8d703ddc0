import { isAscii } from "./ascii.ts";

/**
 * Text that folds to itself, of the scripts without case that chats use most, to spare it the work:
 * nothing in it has another case, a compatible spelling, or marks that would be composed.
 */
// deno-lint-ignore no-control-regex -- controls fold to themselves, too
const FOLDED = /^[\x00-@[-\x7F\u3041-\u3096\u30A1-\u30FA\u30FC\u4E00-\u9FFF\uAC00-\uD7A3]*$/;

/**
 * Marks in a row, of which the last is one too many: putting n of them in order takes n² steps. No
 * spelling of a letter has nearly as many. The halfwidth signs become marks.
 */
const MANY_MARKS = /[\p{M}\uFF9E\uFF9F]{30}(?=[\p{M}\uFF9E\uFF9F])/gu;

/** A character between marks, past which none of them is moved. It is drawn as nothing. */
const JOINER = "\u034F";

/**
 * Folds a text for a search: texts that differ only in case or in compatible spellings (NFKC) fold
 * alike. Texts that are joined by control characters fold as each of them does.
 */
export function foldText(text: string): string {
  if (FOLDED.test(text)) return text;
  if (isAscii(text)) return text.toLowerCase();
  // The letters that lower case alone keeps apart: a final sigma, and a sharp s.
  // As in the stream-safe format of UAX #15.
  const bounded = text.replace(MANY_MARKS, `$&${JOINER}`);
  return bounded.normalize("NFKC").toLowerCase().replaceAll("ς", "σ").replaceAll("ß", "ss");
}
