import type { ChatError } from "../../../room/errors.ts";
import { suggest } from "../../../text/suggest.ts";
import { invalidArgument, truncateArgument } from "./arguments.ts";
import type { SlashCommand } from "./slash_command.ts";

/** Commands by their names. */
type Commands = ReadonlyMap<string, SlashCommand>;

/**
 * Formats the help: a line for each command. It omits the commands for operators for people who are
 * known not to be operators.
 */
export function helpLines(commands: Commands, operator = true): string[] {
  const all = [...commands.values()];
  const general = all.filter(({ forOperators }) => !forOperators);
  const moderating = operator ? all.filter(({ forOperators }) => forOperators) : [];
  const width = Math.max(...[...general, ...moderating].map(({ usage }) => usage.length));
  const line = ({ usage, summary }: SlashCommand) => `  ${usage.padEnd(width)}  ${summary}`;
  return [
    ...general.map(line),
    ...moderating.length > 0 ? ["For operators of the server:"] : [],
    ...moderating.map(line),
    "To say something that starts with a slash, type two: //like this",
  ];
}

/**
 * Formats the help on one command.
 *
 * @throws {ChatError} `invalid`, if there is no such command.
 */
export function helpOnCommand(commands: Commands, name: string): string[] {
  const command = commands.get(name);
  if (!command) throw unknownCommand(commands, name);
  const { usage, summary, details } = command;
  return [`${usage}: ${summary}`, ...(details === undefined ? [] : [details])];
}

/** Makes the error for a command that does not exist; `hint` follows if none is similar. */
export function unknownCommand(commands: Commands, typed: string, hint = ""): ChatError {
  const end = suggestCommand(commands, typed) ?? hint;
  return invalidArgument(`Unknown command "/${truncateArgument(typed)}"${end}`);
}

/** Suggests the command that was probably meant, for an error; undefined if none is similar. */
export function suggestCommand(commands: Commands, typed: string): string | undefined {
  if (typed.includes("/")) return undefined;
  const near = suggest(typed.toLowerCase(), commands.keys());
  return near && ` (did you mean /${near}?)`;
}
