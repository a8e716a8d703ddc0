import { GENERAL_COMMANDS } from "./general.ts";
import { OPERATOR_COMMANDS } from "./operator.ts";
import type { SlashCommand } from "./slash_command.ts";

/** All slash commands by their names, in the order of the help. */
export const SLASH_COMMANDS: ReadonlyMap<string, SlashCommand> = new Map(
  [...GENERAL_COMMANDS, ...OPERATOR_COMMANDS].map((command) => [command.name, command]),
);
