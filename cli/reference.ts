import { SLASH_COMMANDS } from "../client/terminal/commands/table.ts";
import type { Manual } from "./framework/command.ts";
import { EXIT_MEANINGS } from "./framework/exit.ts";
import { type Flag, flagDefault, flagUsage } from "./framework/flags.ts";
import { COMMANDS } from "./table.ts";

/** All that `--help` tells, of all commands, as one page of Markdown. */
export async function reference(): Promise<string> {
  const manuals = await Promise.all(
    COMMANDS.map(async (entry) => commandSection(entry, await entry.load())),
  );
  return [
    "# Commands",
    "",
    "<!-- Written by `deno task docs`, from the tables that `--help` prints. -->",
    "",
    ...table(
      ["command", "what it does"],
      COMMANDS.map(({ name, summary }) => [
        `[chat ${name}](#chat-${name})`,
        summary,
      ]),
    ),
    "",
    "Exit codes, where a command does not say more of its own:",
    "",
    ...exitTable(EXIT_MEANINGS),
    ...manuals.flat(),
    "",
    ...slashCommands(),
    "",
  ].join("\n");
}

function commandSection(
  { name, summary }: { readonly name: string; readonly summary: string },
  { description, flags, examples, exits }: Manual,
): string[] {
  const rows = Object.entries(flags).map(([name, flag]) => flagRow(name, flag));
  return [
    "",
    `## chat ${name}`,
    "",
    `${summary[0]!.toUpperCase()}${summary.slice(1)}. Usage: \`chat ${name} ${flagUsage(flags)}\``,
    "",
    description,
    "",
    ...table(["flag", "what it says", "values", "default"], rows),
    "",
    "```sh",
    ...examples.flatMap(([args, purpose]) => [`# ${purpose}`, `chat ${name} ${args}`.trimEnd()]),
    "```",
    "",
    ...exitTable(exits),
  ];
}

/** The commands that are typed in `chat join`, as `/help` shows them. */
function slashCommands(): string[] {
  const rows = Array.from(SLASH_COMMANDS.values(), (command) => {
    const { usage, summary, details = "", forOperators } = command;
    return [`\`${usage}\``, forOperators ? "operators" : "everybody", summary, details];
  });
  return [
    "## Slash commands",
    "",
    "In `chat join`, a line that starts with a slash is a command. To say a text that starts with a",
    "slash, type two.",
    "",
    ...table(["command", "for", "what it does", "details"], rows),
  ];
}

function flagRow(name: string, flag: Flag<unknown>): string[] {
  const { value, operand, help, bounds = "", env } = flag;
  const shown = operand ? value! : `--${name}${value === undefined ? "" : ` ${value}`}`;
  const instead = env === undefined ? "" : `\`${env}\`, or `;
  const fallback = operand === "required" ? "required" : `${instead}${flagDefault(flag)}`;
  return [`\`${shown}\``, help, bounds, fallback];
}

function exitTable(exits: Manual["exits"]): string[] {
  return table(["exit code", "meaning"], exits.map(([code, meaning]) => [String(code), meaning]));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}
