import type { ChatError } from "../../../room/errors.ts";
import { suggest } from "../../../text/suggest.ts";
import { invalidArgument, truncateArgument } from "./arguments.ts";
import { type Commands, findCommand } from "./find_command.ts";
import type { SlashCommand } from "./slash_command.ts";

/**
 * Formats the help: a line for each command. It omits the commands for operators for people who are
 * known not to be operators.
 */
export function helpLines(commands: Commands, operator = true): string[] {
  const all = [...commands.values()];
  const general = all.filter(({ forOperators }) => !forOperators);
  const moderating = operator ? all.filter(({ forOperators }) => forOperators) : [];
  const width = Math.max(...[...general, ...moderating].map((one) => fullUsage(one).length));
  const line = (one: SlashCommand) => `  ${fullUsage(one).padEnd(width)}  ${one.summary}`;
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
  const command = findCommand(commands, name);
  if (!command) throw unknownCommand(commands, name);
  const { summary, details } = command;
  return [`${fullUsage(command)}: ${summary}`, ...(details === undefined ? [] : [details])];
}

/** Formats the usage of a command with its aliases: `/reply, /r TEXT`. */
export function fullUsage({ name, aliases = [], args }: SlashCommand): string {
  const names = [name, ...aliases].map((word) => `/${word}`).join(", ");
  return args.usage === "" ? names : `${names} ${args.usage}`;
}

/** Makes the error for a command that does not exist; `hint` follows if none is similar. */
export function unknownCommand(commands: Commands, typed: string, hint = ""): ChatError {
  const end = suggestCommand(commands, typed) ?? hint;
  return invalidArgument(`Unknown command "/${truncateArgument(typed)}"${end}`);
}

/** Suggests the command that was probably meant, for an error; undefined if none is similar. */
export function suggestCommand(commands: Commands, typed: string): string | undefined {
  if (typed.includes("/")) return undefined;
  const word = typed.toLowerCase();
  const all = [...commands.values()];
  const meant = all.find(({ suggestedFor = [] }) => suggestedFor.includes(word));
  const words = all.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  // Any letter is near a short alias.
  const near = meant?.name ?? suggest(word, words.filter(({ length }) => length > 2));
  return near && ` (did you mean /${near}?)`;
}
