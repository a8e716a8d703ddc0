import { parseLine } from "./parse_line.ts";

/**
 * Returns whether a line that a person types may be kept for another visit. Private notes may not,
 * nor may lines that are not sent because a command in them is wrong: it may be one for a private
 * note.
 *
 * @param queried The recipient of typed text; undefined for everybody.
 */
export function isKept(line: string, queried: string | undefined): boolean {
  const parsed = parseLine(line);
  switch (parsed.type) {
    case "say":
      return queried === undefined;
    case "command": {
      const { isPrivate, args: { isMessage } } = parsed.command;
      return !isPrivate && !(isMessage && queried !== undefined);
    }
    case "error":
      return false;
  }
}
