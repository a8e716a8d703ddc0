import { ChatError, type ChatErrorCode } from "../../room/errors.ts";

const LOST = "connection lost";
const FAULTY = "faulty client";
const LEFT = "left";
const SERVER_ERROR = "server error";

/** The end of a session that was entered but could not be served. */
export const NOT_SERVED = new ChatError("unavailable", LOST);

/** Why a session ended, by the code of the error; undefined if the message says it to everybody. */
const REASONS: Readonly<Record<ChatErrorCode, string | undefined>> = {
  forbidden: undefined, // An operator removed them.
  invalid: FAULTY,
  unsupported: FAULTY,
  too_large: FAULTY,
  full: LOST,
  limited: LOST,
  missing: LOST,
  taken: LOST,
  unauthenticated: LOST,
  untrusted: LOST,
  mismatched: LOST,
  replaced: LOST,
  unavailable: LOST,
  timeout: LOST,
  lost: LOST,
};

/**
 * Returns why a session ended, in words for the other people in the room. The message of most errors
 * is for the client alone.
 *
 * @param end The error that ended it; undefined if it left of its own accord.
 */
export function leaveReason(end: unknown): string {
  if (end === undefined) return LEFT;
  return end instanceof ChatError ? REASONS[end.code] ?? end.message : SERVER_ERROR;
}

/** Like {@linkcode leaveReason}, for the log, which has the messages of all errors. */
export function loggedReason(end: unknown): string {
  if (end === undefined) return LEFT;
  // An error of another kind has an event of its own.
  return end instanceof ChatError ? end.message : SERVER_ERROR;
}
