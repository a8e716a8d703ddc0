import { UsageError } from "../framework/exit.ts";
import type { Flag } from "../framework/flags.ts";

/** The data file if none is given. */
export const DATA_FILE = "chat.db";

/** The flag for a data file that no server has open. Its default is `DATA_FILE`. */
export function dataFile(help: string): Flag<string | undefined> {
  return {
    value: "FILE",
    help,
    file: true,
    fallback: undefined, // So that --cluster without it is no contradiction.
    fallbackHelp: DATA_FILE,
    parse: (text) => {
      if (text === ":memory:") throw new RangeError("must be a file");
      return text;
    },
  };
}

/**
 * Checks that the notes of a chat come from, or go to, one place.
 *
 * @throws {UsageError} for both `--cluster` and `--data`.
 */
export function checkOneChat(
  { cluster, data }: { readonly cluster?: unknown; readonly data?: string | undefined },
): void {
  if (cluster === undefined || data === undefined) return;
  throw new UsageError("--cluster cannot be combined with --data: give one of them");
}

/** The advice if a server has the file open. */
export const IN_USE = "stop the server, or make a copy with chat backup and use that";
