import type { SearchInit } from "../../proto/messages.ts";
import { checkName } from "../../room/note.ts";
import { checkSearchWords, SEARCH_LIMIT } from "../../room/search/search_words.ts";
import { checkNumber } from "../../text/check_number.ts";
import type { SearchOptions } from "../chat.ts";
import { POSITION_BOUNDS, TIME_BOUNDS } from "./number_bounds.ts";

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
  return { words: [...words], name, before, limit, ...oldest(since) };
}

function oldest(since: SearchOptions["since"]): Pick<SearchInit, "from" | "since" | "ago_ms"> {
  if (!since) return {};
  if ("seq" in since) return { from: checkNumber("since.seq", since.seq, POSITION_BOUNDS) };
  if ("time" in since) return { since: checkNumber("since.time", since.time, TIME_BOUNDS) };
  return { ago_ms: checkNumber("since.agoMs", since.agoMs, TIME_BOUNDS) };
}
