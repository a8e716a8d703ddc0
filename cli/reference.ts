import { fullUsage } from "../client/conversation/commands/help.ts";
import { SLASH_COMMANDS } from "../client/conversation/commands/table.ts";
import type { Manual } from "./framework/command.ts";
import { EXIT_MEANINGS } from "./framework/exit.ts";
import { type Flag, flagDefault, type Flags, flagUsage, groupFlags } from "./framework/flags.ts";
import { COMMANDS } from "./table.ts";

/** Formats the help of all commands as one page of Markdown. */
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
      ["command", "description"],
      COMMANDS.map(({ name, summary }) => [
        `[chat ${name}](#chat-${name})`,
        summary,
      ]),
    ),
    "",
    "Exit codes, unless the command lists its own:",
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
  { description, flags, sections = [], examples, exits }: Manual,
): string[] {
  return [
    "",
    `## chat ${name}`,
    "",
    `${summary[0]!.toUpperCase()}${summary.slice(1)}. Usage: \`chat ${name} ${flagUsage(flags)}\``,
    "",
    description,
    "",
    ...groupFlags(flags).flatMap(([heading, group]) => flagTable(heading, group)),
    ...sections.flatMap(({ heading, rows }) => [
      `### ${heading}`,
      "",
      ...rows.map(([left, right]) => `- ${left}: ${right}`),
      "",
    ]),
    "```sh",
    ...examples.flatMap(([args, purpose]) => [`# ${purpose}`, `chat ${name} ${args}`.trimEnd()]),
    "```",
    "",
    ...exitTable(exits),
  ];
}

/** Formats the flags of a heading. `Options` is the default heading, and is not shown. */
function flagTable(heading: string, flags: Flags): string[] {
  const rows = Object.entries(flags).map(([name, flag]) => flagRow(name, flag));
  if (rows.length === 0) return [];
  return [
    ...(heading === "Options" ? [] : [`### ${heading}`, ""]),
    ...table(["flag", "meaning", "values", "default"], rows),
    "",
  ];
}

/** The commands that are typed in `chat join`, as `/help` shows them. */
function slashCommands(): string[] {
  const rows = Array.from(SLASH_COMMANDS.values(), (command) => {
    const { summary, details = "", forOperators } = command;
    return [
      `\`${fullUsage(command)}\``,
      forOperators ? "operators" : "everybody",
      summary,
      details,
    ];
  });
  return [
    "## Slash commands",
    "",
    "In `chat join`, a line that starts with a slash is a command. To say a text that starts with a",
    "slash, type two.",
    "",
    ...table(["command", "for", "description", "details"], rows),
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
