import { columns, wrapped } from "./columns.ts";
import type { Manual } from "./command.ts";
import { flagRows, flagUsage, groupFlags } from "./flags.ts";

/** Formats the `--help` of a subcommand. */
export function formatHelp(
  { name, summary }: { readonly name: string; readonly summary: string },
  { description, flags, sections = [], examples, exits }: Manual,
): string {
  const section = (heading: string, rows: readonly (readonly [string, string])[]) => [
    "",
    `${heading}:`,
    ...columns(rows),
  ];
  return [
    `chat ${name}: ${summary}`,
    "",
    `Usage: chat ${name} ${flagUsage(flags)}`,
    ...description.split("\n\n").flatMap((paragraph) => ["", ...wrapped(paragraph)]),
    ...groupFlags(flags).flatMap(([heading, group]) => {
      const help: [string, string][] = [["--help, -h", "show this help"]];
      return section(heading, [...flagRows(group), ...(heading === "Options" ? help : [])]);
    }),
    ...sections.flatMap(({ heading, rows }) => section(heading, rows)),
    ...section("Examples", examples.map(([args, purpose]) => [`chat ${name} ${args}`, purpose])),
    ...section("Exit codes", exits.map(([code, meaning]) => [String(code), meaning])),
  ].join("\n");
}
