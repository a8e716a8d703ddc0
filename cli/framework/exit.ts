import type { ChatErrorCode } from "../../room/errors.ts";

/** The exit codes of the program. */
export const EXIT = {
  /** Done. */
  done: 0,
  /** Failed: a port in use, a server that broke off. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The server cannot be reached. */
  unreachable: 3,
  /** The server does not let us in. */
  refused: 4,
  /** The server refused a note. */
  rejected: 5,
  /** The deadline passed before the server had accepted everything. */
  deadline: 6,
  /** The engine that several servers share has lost notes that were accepted. */
  lost: 7,
  /** Stopped at a terminal, as by Ctrl-C, before joining: 128 + SIGINT, as shells report it. */
  interrupted: 130,
} as const;

/**
 * All exit codes in words, for the help of the program. The help of a command has its own words.
 */
export const EXIT_MEANINGS: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT.done, "done"],
  [EXIT.failed, "failed, or stopped before everything was done"],
  [EXIT.usage, "the command line is wrong, or the note is empty"],
  [EXIT.unreachable, "the server cannot be reached, or is not a chat server"],
  [EXIT.refused, "the server does not let you in, or cannot do it"],
  [EXIT.rejected, "the server refused a note"],
  [EXIT.deadline, "the time of --timeout passed before everything was accepted"],
  [EXIT.lost, "the engine that several servers share has lost notes"],
  [EXIT.interrupted, "stopped at the terminal before the server let you in"],
];

/** Errors that mean that the server was reached, but refuses. */
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

/** Returns the exit code of a command that could not join a chat. */
export function joinExit(code: ChatErrorCode): number {
  return REFUSED.has(code) ? EXIT.refused : EXIT.unreachable;
}

/** An invalid command line. The message is for the person who typed it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
