import type { JoinInit } from "../../proto/messages.ts";
import { checkNumber } from "../../text/check_number.ts";
import type { Since } from "../../text/since.ts";
import { POSITION_BOUNDS, TIME_BOUNDS } from "./number_bounds.ts";

/**
 * Checks a place in a room, and converts it for the wire.
 *
 * @throws {RangeError} if it is out of its bounds.
 */
export function toWireSince(since: Since): Pick<JoinInit, "from" | "since" | "ago_ms"> {
  if ("seq" in since) return { from: checkNumber("since.seq", since.seq, POSITION_BOUNDS) };
  if ("time" in since) return { since: checkNumber("since.time", since.time, TIME_BOUNDS) };
  const ago = checkNumber("since.agoMs", since.agoMs, TIME_BOUNDS);
  // Servers of older versions know only the time.
  return { ago_ms: ago, since: Math.max(0, Date.now() - ago) };
}
