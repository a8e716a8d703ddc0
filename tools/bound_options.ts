import { type Bound, BOUNDS } from "../server/bounds.ts";
import { formatNumber } from "../text/number.ts";

/** The source of `server/bound_options.ts`: an interface with an option for each bound. */
export function boundOptions(): string {
  const members = Object.entries(BOUNDS).flatMap(([name, bound]) => [
    "  /**",
    ...docsOf(bound).map((line) => `   * ${line}`),
    "   */",
    `  ${name}?: number | undefined;`,
  ]);
  return [
    "// Written by `deno task docs`, from the table in `bounds.ts`.",
    "",
    "/**",
    " * The bounds of a server, each of which is also a flag of `chat serve`. A person is a key, or",
    " * everyone without a key in a network; on Unix sockets, each session without a key.",
    " */",
    "export interface BoundOptions {",
    ...members,
    "}",
    "",
  ].join("\n");
}

function docsOf({ help, unit, fallback, min, max }: Bound): string[] {
  const isTime = unit === "seconds" || unit === "duration";
  const what = `${help[0]!.toUpperCase()}${help.slice(1)}`;
  return [
    `${what}${isTime ? ", in milliseconds" : unit === "size" ? ", in bytes" : ""}.`,
    `From ${formatNumber(min)} to ${formatNumber(max)}; default ${formatNumber(fallback)}.`,
  ];
}
