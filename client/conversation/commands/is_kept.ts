import { parseLine } from "./parse_line.ts";

/**
 * Returns whether a line may be kept in a file: neither private notes, nor lines that were not sent
 * because a command in them is wrong, which may be one for a private note.
 */
export function isKept(line: string): boolean {
  const parsed = parseLine(line);
  switch (parsed.type) {
    case "say":
      return true;
    case "command":
      return !parsed.command.isPrivate;
    case "error":
      return false;
  }
}
