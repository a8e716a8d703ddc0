import { errnoWords, type OwnWords, reasonFor } from "../../../platform/errno.ts";
import { ChatError } from "../../../room/errors.ts";

const NO_ACCESS =
  "it cannot be read and written; make the file and its folder writable or choose another file";

const READ_ONLY =
  "it is on a file system that cannot be written to; copy it to another one or choose another file";

const DISK_FULL = `${errnoWords("ENOSPC")}; free some space, then try again`;

/** Words for errors of the system that say what to do. */
const OWN_WORDS: OwnWords = {
  EACCES: NO_ACCESS,
  ENOSPC: DISK_FULL,
  EPERM: NO_ACCESS,
  EROFS: READ_ONLY,
};

/** SQLite's primary result code for a locked file. */
const BUSY = 5;

/** The reason for a locked file. */
export const IN_USE = "another program has it open";

/** SQLite's primary result code → the reason and advice. */
const REASONS: Readonly<Record<number, string>> = {
  [BUSY]: `${IN_USE}; stop that one or choose another file`,
  8: NO_ACCESS,
  10: "the disk failed or has no room; check it, then try again",
  11: "it is damaged; restore a copy of it or choose another file",
  13: DISK_FULL,
  14: NO_ACCESS,
  26: "it is not a database; choose another file",
};

/** The error for an `action` on `file` that failed: one line that says why, and what to do. */
export function databaseError(
  action: string,
  file: string,
  cause: unknown,
  ownWords?: OwnWords,
): ChatError {
  if (cause instanceof ChatError) return cause;
  const reason = REASONS[sqliteCode(cause)] ??
    reasonFor(cause, { ...OWN_WORDS, ...ownWords }).replace(/\s+/g, " ");
  return new ChatError("unavailable", `Cannot ${action} "${file}": ${reason}`, { cause });
}

/** The error for a file that cannot be opened. */
export function openError(file: string, reason: string, cause?: unknown): ChatError {
  return new ChatError("unavailable", `Cannot open "${file}": ${reason}`, { cause });
}

/** Returns whether something failed because another program has the file open. */
export function isInUse(cause: unknown): boolean {
  return sqliteCode(cause) === BUSY;
}

function sqliteCode(cause: unknown): number {
  return cause instanceof Error && "errcode" in cause ? Number(cause.errcode) & 0xff : 0;
}
