import type { SearchInit } from "../../proto/messages.ts";
import { checkName } from "../../room/note.ts";
import { checkSearchWords, SEARCH_LIMIT } from "../../room/search/search_words.ts";
import { checkNumber } from "../../text/check_number.ts";
import type { SearchOptions } from "../chat.ts";
import { POSITION_BOUNDS } from "./number_bounds.ts";
import { toWireSince } from "./since.ts";

const LIMIT_BOUNDS = { min: 1, max: SEARCH_LIMIT.max, isWhole: true } as const;

/**
 * Checks a search, and converts it for the wire.
 *
 * @throws {ChatError} `invalid`, if a word or the name is not valid.
 * @throws {RangeError} if a number is out of its bounds.
 */
export function toSearch(
  { words = [], name = "", since, before = 0, limit = SEARCH_LIMIT.fallback }: SearchOptions,
): SearchInit & { limit: number } {
  checkSearchWords(words);
  if (name !== "") checkName(name);
  checkNumber("before", before, POSITION_BOUNDS);
  checkNumber("limit", limit, LIMIT_BOUNDS);
  return { words: [...words], name, before, limit, ...(since && toWireSince(since)) };
}
