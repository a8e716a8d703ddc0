import { ChatError } from "../../../room/errors.ts";
import { escapeText } from "../../../text/escape.ts";
import { findCommand } from "./find_command.ts";
import { suggestCommand, unknownCommand } from "./help.ts";
import type { PreparedCommand, SlashCommand } from "./slash_command.ts";
import { SLASH_COMMANDS } from "./table.ts";

/** A parsed line: text to say, a command to run, or an error to show. */
export type Line =
  | { readonly type: "say"; readonly text: string }
  | { readonly type: "command"; readonly command: SlashCommand; readonly run: PreparedCommand }
  | { readonly type: "error"; readonly message: string };

/** The end of an error about text that was probably meant to be said. */
const SAY_IT = ': to say it, start with "//"';

/**
 * Parses a typed line. Text that starts with a slash is a command and never said by accident, even
 * with a stray space before it; `//x` says `/x`. An error message is one line, safe for a terminal.
 */
export function parseLine(line: string): Line {
  const [, indented] = /^\s+\/([^\s/]+)(?!\S)/.exec(line) ?? [];
  if (indented !== undefined && suggestCommand(SLASH_COMMANDS, indented) !== undefined) {
    return parseLine(line.trimStart());
  }
  if (line.startsWith("//")) return { type: "say", text: line.slice(1) };
  const [, word, args = ""] = /^\/(\S*)(?:\s(.*))?$/s.exec(line) ?? [];
  if (word === undefined) return { type: "say", text: line };
  const command = findCommand(SLASH_COMMANDS, word);
  try {
    if (!command) throw unknownCommand(SLASH_COMMANDS, word, SAY_IT);
    return { type: "command", command, run: command.prepare(args) };
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    const usage = command ? `; usage: ${command.usage}` : "";
    return { type: "error", message: escapeText(error.message) + usage };
  }
}
