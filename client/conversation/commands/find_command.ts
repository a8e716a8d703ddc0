import type { SlashCommand } from "./slash_command.ts";

/** Commands by their names. */
export type Commands = ReadonlyMap<string, SlashCommand>;

/** Finds a command by its name or an alias, in any case. */
export function findCommand(commands: Commands, typed: string): SlashCommand | undefined {
  const word = typed.toLowerCase();
  return commands.get(word) ??
    [...commands.values()].find(({ aliases = [] }) => aliases.includes(word));
}
