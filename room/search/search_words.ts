import { escapeText } from "../../text/escape.ts";
import { formatNumber } from "../../text/number.ts";
import { ChatError } from "../errors.ts";

/** The most words of a search, and the most characters of each (UTF-16 units). */
export const MAX_WORDS = { count: 16, chars: 200 } as const;

/** The number of notes that a search finds: by default, and at most. */
export const SEARCH_LIMIT = { fallback: 50, max: 1_000 } as const;

/** A phrase between straight or curly quotes, the last of which may be missing; or a word. */
const PART = /["“”„]([^"“”„]*)(?:["“”„]|$)|[^\s"“”„]+/g;

/**
 * Splits typed words as a search takes them: at white space, except in phrases between quotes.
 *
 * @throws {ChatError} `invalid`, if there are too many, or one is too long.
 */
export function parseSearchWords(typed: string): string[] {
  const words = Array.from(typed.matchAll(PART), ([word, phrase]) => (phrase ?? word).trim())
    .filter((word) => word !== "");
  checkSearchWords(words);
  return words;
}

/**
 * Checks the words of a search against their bounds.
 *
 * @throws {ChatError} `invalid`, with the value and the bound.
 */
export function checkSearchWords(words: readonly string[]): void {
  if (words.length > MAX_WORDS.count) {
    const count = formatNumber(words.length);
    const message = `A search has ${count} words: at most ${MAX_WORDS.count} are allowed`;
    throw new ChatError("invalid", message);
  }
  for (const word of words) {
    if (word.trim() === "") throw new ChatError("invalid", "A word to search for is empty");
    if (word.length <= MAX_WORDS.chars) continue;
    const start = escapeText([...word.slice(0, 32)].slice(0, 16).join(""));
    throw new ChatError(
      "invalid",
      `The word "${start}…" has ${
        formatNumber(word.length)
      } characters: at most ${MAX_WORDS.chars} are allowed in a search`,
    );
  }
}

/**
 * Checks the most notes that a search is to find.
 *
 * @throws {ChatError} `invalid`, with the value and the bounds.
 */
export function checkSearchLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= SEARCH_LIMIT.max) return;
  const bounds = `1 to ${formatNumber(SEARCH_LIMIT.max)}`;
  throw new ChatError("invalid", `A search for ${limit} notes: must be from ${bounds}`);
}

/** Formats words as they are typed: phrases in quotes. */
export function formatSearchWords(words: readonly string[]): string {
  return words.map((word) => /\s/.test(word) ? `"${word}"` : word).join(" ");
}
