import { ChatError, type ChatErrorCode } from "../../room/errors.ts";

const LOST = "connection lost";
const FAULTY = "faulty client";

/** Why a session ended, by the code of the error; undefined if the message says it to everybody. */
const REASONS: Readonly<Record<ChatErrorCode, string | undefined>> = {
  forbidden: undefined, // An operator removed them.
  invalid: FAULTY,
  unsupported: FAULTY,
  too_large: FAULTY,
  full: LOST,
  limited: "sent too much",
  missing: LOST,
  taken: LOST,
  unauthenticated: LOST,
  untrusted: LOST,
  mismatched: LOST,
  replaced: LOST,
  unavailable: LOST,
  timeout: LOST,
};

/**
 * Returns why a session ended by `error`, in words for the other people in the room. The message of
 * most errors is for the client alone.
 */
export function leaveReason(error: unknown): string {
  return error instanceof ChatError ? REASONS[error.code] ?? error.message : "server error";
}
