import { isAscii } from "./ascii.ts";

/**
 * Text that folds to itself, of the scripts without case that chats use most, to spare it the work:
 * nothing in it has another case, a compatible spelling, or marks that would be composed.
 */
// deno-lint-ignore no-control-regex -- controls fold to themselves, too
const FOLDED = /^[\x00-@[-\x7F\u3041-\u3096\u30A1-\u30FA\u30FC\u4E00-\u9FFF\uAC00-\uD7A3]*$/;

/**
 * Folds a text for a search: texts that differ only in case or in compatible spellings (NFKC) fold
 * alike. Texts that are joined by control characters fold as each of them does.
 */
export function foldText(text: string): string {
  if (FOLDED.test(text)) return text;
  if (isAscii(text)) return text.toLowerCase();
  // The letters that lower case alone keeps apart: a final sigma, and a sharp s.
  return text.normalize("NFKC").toLowerCase().replaceAll("ς", "σ").replaceAll("ß", "ss");
}
