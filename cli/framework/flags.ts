import { parseArgs } from "@std/cli/parse-args";
import { ChatError } from "../../room/errors.ts";
import { formatNumber } from "../../text/number.ts";
import { suggest } from "../../text/suggest.ts";
import { UsageError } from "./exit.ts";

/**
 * A flag of a command. Parsing, `--help` and shell completions are all made from tables of flags.
 */
export interface Flag<T> {
  /** The name of the value in the help; a flag without one is a switch. */
  readonly value?: string;
  /**
   * Marks the operand: an argument without a flag, which cannot be given with one. A command has
   * at most one.
   */
  readonly operand?: "optional" | "required";
  /**
   * Whether the operand may be several arguments. They are parsed as one text, with spaces between
   * them; one that has white space itself is in quotes there, unless it has quotes.
   */
  readonly several?: true;
  /** A summary in a few words. */
  readonly help: string;
  /** The heading under which the help lists it. Default: `Options`. */
  readonly group?: string;
  /** Further names that are accepted. Help, docs and completions show only the first name. */
  readonly aliases?: readonly string[];
  /** Flags that the command does not have, and for which an error suggests this one. */
  readonly insteadOf?: readonly string[];
  /** The environment variable that is used if the flag is not given. */
  readonly env?: string;
  /** The value if it is not given. */
  readonly fallback: T;
  /** The fallback as the help shows it. Default: unchanged. */
  readonly fallbackHelp?: string;
  /** The values that it accepts, for the help. */
  readonly bounds?: string;
  /** All values that it accepts, if they are few enough for a shell to complete. */
  readonly choices?: readonly string[];
  /** Whether the value is the name of a file. */
  readonly file?: boolean;
  /** Parses the value; throws a `RangeError` or `ChatError` if it is not valid. */
  readonly parse: (text: string) => T;
}

/** A table of flags by their names on the command line. */
export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** The values of a table of flags. */
export type Values<F extends Flags> = {
  readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never;
};

/**
 * Parses `args` by a table of flags. A flag takes precedence over its environment variable, and
 * that over its fallback. The last one given wins; an operand is given once,
 * unless it may be several arguments.
 *
 * @throws {UsageError} with the argument that is not valid.
 */
export function parseFlags<F extends Flags>(
  flags: F,
  args: readonly string[],
  env: (name: string) => string | undefined,
): Values<F> {
  const names = Object.keys(flags);
  const switches = names.filter((name) => flags[name]!.value === undefined);
  const { options, operand } = separate(flags, args);
  const parsed: Record<string, unknown> = parseArgs(options, {
    boolean: switches,
    string: names.filter((name) => !switches.includes(name)),
  });
  return Object.fromEntries(names.map((name) => {
    const flag = flags[name]!;
    if (flag.operand) return [name, readOperand(operand, flag)];
    const given = parsed[name];
    if (flag.value === undefined) return [name, given === true];
    if (typeof given === "string") return [name, readValue(`--${name}`, given, flag)];
    const fromEnv = flag.env === undefined ? undefined : env(flag.env);
    if (fromEnv) return [name, readValue(flag.env!, fromEnv, flag)];
    return [name, flag.fallback];
  })) as Values<F>; // Each name has the value that its own flag parses.
}

/** The usage of a command with these flags, after its name: `[OPTIONS] [TEXT]`. */
export function flagUsage(flags: Flags): string {
  const operand = Object.values(flags).find((flag) => flag.operand);
  if (!operand) return "[OPTIONS]";
  return `[OPTIONS] ${operand.operand === "optional" ? `[${operand.value}]` : operand.value}`;
}

/** Puts flags without a heading under `group`, for the help. */
export function inGroup<F extends Flags>(group: string, flags: F): F {
  const grouped = Object.entries(flags).map(([name, flag]) => [name, { group, ...flag }]);
  return Object.fromEntries(grouped) as F; // The same flags, which may all have a group.
}

/**
 * The flags by their headings, in order; the group without a heading comes last, and may be empty.
 */
export function groupFlags(flags: Flags): [heading: string, flags: Flags][] {
  const { Options = [], ...groups } = Object.groupBy(
    Object.entries(flags),
    ([, { group = "Options" }]) => group,
  );
  return [...Object.entries(groups), ["Options", Options] as const]
    .map(([heading, entries = []]) => [heading, Object.fromEntries(entries)]);
}

/** The rows of the help for a table of flags: the flag, and its help with values and default. */
export function flagRows(flags: Flags): [string, string][] {
  return Object.entries(flags).map(([name, flag]) => {
    const fallback = flag.operand === "required" ? "required" : `default ${flagDefault(flag)}`;
    const notes = [flag.bounds, fallback, flag.env && `env ${flag.env}`].filter(Boolean);
    const left = flag.operand ? flag.value! : flag.value ? `--${name} ${flag.value}` : `--${name}`;
    return [left, `${flag.help} (${notes.join("; ")})`];
  });
}

/** The default of a flag, for the help. */
export function flagDefault({ value, fallback, fallbackHelp }: Flag<unknown>): string {
  if (value === undefined) return "off";
  return fallbackHelp ?? (typeof fallback === "number" ? formatNumber(fallback) : String(fallback));
}

/**
 * Separates the operand from the options, and joins each option to its value by an equals sign,
 * `--port 0` to `--port=0`, which is the only form without ambiguity.
 *
 * @throws {UsageError} for unknown flags, flags without their value, and unexpected operands.
 */
function separate(
  flags: Flags,
  args: readonly string[],
): { options: string[]; operand: string | undefined } {
  const place = Object.values(flags).find((flag) => flag.operand);
  const options: string[] = [];
  let operand: string | undefined;
  let bare = false; // True after "--".
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (bare || !arg.startsWith("-") || arg === "--") {
      if (!place) throw new UsageError(`Unexpected argument "${arg}"`);
      if (!bare && arg === "--") {
        bare = true;
        continue;
      }
      if (place.several) {
        operand = operand === undefined ? quoteArgument(arg) : `${operand} ${quoteArgument(arg)}`;
        continue;
      }
      if (operand !== undefined) {
        const hint = `quote ${place.value} if it has spaces`;
        throw new UsageError(`Unexpected argument "${arg}" (${hint})`);
      }
      operand = arg;
      continue;
    }
    const [, given = "", inline] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    const name = canonicalName(given, flags);
    const flag = Object.hasOwn(flags, name) ? flags[name]! : undefined;
    if (!flag || flag.operand) throw unknownFlag(arg, flags);
    if (flag.value === undefined) {
      if (inline !== undefined) throw new UsageError(`"${arg}": --${name} takes no value`);
      options.push(arg);
      continue;
    }
    const value = inline ?? args[++i] ?? "";
    if (value === "" || inline === undefined && value.startsWith("--")) {
      throw new UsageError(`--${name} needs a value: ${flag.value}`);
    }
    options.push(`--${name}=${value}`);
  }
  return { options, operand };
}

function quoteArgument(arg: string): string {
  return /\s/.test(arg) && !/["“”„]/.test(arg) ? `"${arg}"` : arg;
}

/** The name under which a flag is listed, for any of its names. */
function canonicalName(given: string, flags: Flags): string {
  return Object.keys(flags).find((name) => flags[name]!.aliases?.includes(given)) ?? given;
}

function readOperand<T>(text: string | undefined, flag: Flag<T>): T {
  if (text !== undefined) return readValue(flag.value!, text, flag);
  if (flag.operand === "required") {
    throw new UsageError(`${flag.value} is missing: ${flag.bounds ?? flag.help}`);
  }
  return flag.fallback;
}

function readValue<T>(source: string, text: string, flag: Flag<T>): T {
  try {
    return flag.parse(text);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof ChatError)) throw error;
    throw new UsageError(`${source} "${text}": ${error.message}`, { cause: error });
  }
}

function unknownFlag(arg: string, flags: Flags): UsageError {
  const name = arg.replace(/=.*$/s, "");
  const words = name.replace(/^-+/, "");
  const names = Object.keys(flags).filter((name) => !flags[name]!.operand);
  const near = names.find((name) => flags[name]!.insteadOf?.includes(words)) ??
    names.find((name) => name.startsWith(`${words}-`)) ?? suggest(words, names);
  const operand = Object.values(flags).find((flag) => flag.operand);
  const hint = near
    ? ` (did you mean --${near}?)`
    : operand
    ? ` (put -- before ${operand.value}, if it starts with -)`
    : "";
  return new UsageError(`Unknown option "${name}"${hint}`);
}
