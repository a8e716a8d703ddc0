import { columns, wrapped } from "./columns.ts";
import type { Manual } from "./command.ts";
import { flagRows, flagUsage } from "./flags.ts";

/** The `--help` of a subcommand, under the name and summary by which the program knows it. */
export function formatHelp(
  { name, summary }: { readonly name: string; readonly summary: string },
  { description, flags, examples, exits }: Manual,
): string {
  return [
    `chat ${name}: ${summary}`,
    "",
    ...description.split("\n\n").flatMap((paragraph) => [...wrapped(paragraph), ""]),
    `Usage: chat ${name} ${flagUsage(flags)}`,
    "",
    "Options:",
    ...columns([...flagRows(flags), ["--help, -h", "show this help"]]),
    "",
    "Examples:",
    ...columns(examples.map(([args, purpose]) => [`chat ${name} ${args}`, purpose])),
    "",
    "Exit codes:",
    ...columns(exits.map(([code, meaning]) => [String(code), meaning])),
  ].join("\n");
}
