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
} as const;

/** A command line that cannot be run; its message is for the person who typed it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
