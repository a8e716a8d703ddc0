import type { ChatErrorCode } from "../../room/errors.ts";

/** What the exit code of the program means. */
export const EXIT = {
  /** Done. */
  done: 0,
  /** Failed: a port in use, a server that broke off. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The server cannot be reached. */
  unreachable: 3,
  /** The server will not have us. */
  refused: 4,
  /** The server did not take a note. */
  rejected: 5,
  /** The deadline passed before the server had accepted everything. */
  deadline: 6,
} as const;

/** All exit codes in words, for the help of the program; each command's help says more of its own. */
export const EXIT_MEANINGS: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT.done, "done"],
  [EXIT.failed, "failed, or stopped before all was done"],
  [EXIT.usage, "the command line is wrong, or there is nothing to send"],
  [EXIT.unreachable, "the server cannot be reached, or is no chat server"],
  [EXIT.refused, "the server does not let you in, or cannot do what was asked"],
  [EXIT.rejected, "the server did not take a note"],
  [EXIT.deadline, "the deadline passed before all was accepted"],
];

/** Errors by which a server says that it is there, but not for us. */
const REFUSED: ReadonlySet<ChatErrorCode> = new Set([
  "invalid",
  "missing",
  "taken",
  "too_large",
  "unauthenticated",
  "untrusted",
  "mismatched",
  "forbidden",
]);

/** The exit code of a chat that could not be joined, by the kind of the error. */
export function joinExit(code: ChatErrorCode): number {
  return REFUSED.has(code) ? EXIT.refused : EXIT.unreachable;
}

/** A command line that cannot be run; its message is for the person who typed it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
