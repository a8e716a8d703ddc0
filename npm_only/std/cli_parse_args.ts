/**
 * Stands in for `@std/cli/parse-args` where only the npm registry is available: the parts that this
 * project uses, on Node's own parser.
 *
 * @module
 */

import { parseArgs as parse } from "node:util";

/** The options of `parseArgs` that this project uses. */
export interface ParseOptions {
  /** Flags without a value. */
  readonly boolean: readonly string[];
  /** Flags with a value, each given as `--flag=value`. */
  readonly string: readonly string[];
}

/** Parses flags that are all known: `true` for a switch, text for the others. The last one wins. */
export function parseArgs(args: string[], options: ParseOptions): Record<string, unknown> {
  const types = [
    ...options.boolean.map((name) => [name, { type: "boolean" }] as const),
    ...options.string.map((name) => [name, { type: "string" }] as const),
  ];
  return parse({ args, options: Object.fromEntries(types) }).values;
}
