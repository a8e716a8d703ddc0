import { ChatError } from "../../room/errors.ts";
import { checkNumber } from "../../text/check_number.ts";
import type { Position } from "../chat.ts";
import { POSITION_BOUNDS } from "./number_bounds.ts";

/**
 * Checks a position to start after, which may come from a file.
 *
 * @throws {ChatError} `invalid`, if it has no history.
 * @throws {RangeError} if its number is out of bounds.
 */
export function checkPosition({ history, seq }: Position): void {
  if (typeof history !== "string" || history === "") {
    throw new ChatError(
      "invalid",
      `Cannot join: "after" has no history: ${JSON.stringify(history)}`,
    );
  }
  checkNumber("after.seq", seq, POSITION_BOUNDS);
}
