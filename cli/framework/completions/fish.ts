import { type Program, type ProgramCommand, quote } from "./program.ts";

/** A completion script for fish. */
export function fishCompletions({ name, commands }: Program): string {
  const names = [...commands.map((command) => command.name), "help"].join(" ");
  const first = `complete -c ${name} -n "not __fish_seen_subcommand_from ${names}"`;
  return [
    `# Completion for fish: ${name} completions fish | source`,
    `complete -c ${name} -f`,
    ...commands.map(({ name, summary }) => `${first} -a ${name} -d ${quote(summary)}`),
    `${first} -a help -d 'show the help'`,
    `${first} -l help -d 'show the help'`,
    `${first} -l version -d 'show the version'`,
    ...commands.flatMap((command) => words(name, command)),
    "",
  ].join("\n");
}

/** The lines of a command's own words. */
function words(program: string, { name, options, operand }: ProgramCommand): string[] {
  const here = `complete -c ${program} -n "__fish_seen_subcommand_from ${name}"`;
  const lines = options.map(({ name, help, value }) => {
    const argument = !value
      ? ""
      : value.kind === "file"
      ? " -r -F"
      : value.kind === "free"
      ? " -x"
      : ` -x -a ${quote(value.kind.join(" "))}`;
    return `${here} -l ${name}${argument} -d ${quote(help)}`;
  });
  const choices = Array.isArray(operand?.kind) ? operand.kind : [];
  if (choices.length > 0) lines.push(`${here} -a ${quote(choices.join(" "))}`);
  return lines;
}
