/**
 * Stands in for `@std/cli/parse-args` where only the npm registry answers: as much of it
 * as this project uses, on Node's own parser.
 *
 * @module
 */

import { parseArgs as parse } from "node:util";

/** The options of `parseArgs` that this project uses. */
export interface ParseOptions {
  /** Flags without a value. */
  readonly boolean: readonly string[];
  /** Flags with a value; `_` keeps positional arguments as they are, which they are here anyway. */
  readonly string: readonly string[];
  /** Called with each flag that is neither. */
  readonly unknown: (arg: string) => unknown;
}

/**
 * Reads flags: a switch is `true` when given, a flag whose value is missing is `""`, and
 * all other arguments are in `_`.
 */
export function parseArgs(args: string[], options: ParseOptions): Record<string, unknown> {
  const types = new Map<string, { type: "boolean" | "string" }>([
    ...options.boolean.map((name) => [name, { type: "boolean" }] as const),
    ...options.string.map((name) => [name, { type: "string" }] as const),
  ]);
  const { tokens } = parse({
    args,
    options: Object.fromEntries(types),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, unknown> & { _: string[] } = { _: [] };
  for (const token of tokens) {
    if (token.kind === "positional") values._.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value = "", inlineValue } = token;
    if (!types.has(name)) options.unknown(rawName);
    else if (types.get(name)!.type === "boolean") values[name] = true;
    else values[name] = value.startsWith("-") && !inlineValue ? "" : value;
  }
  return values;
}
