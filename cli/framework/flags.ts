import { parseArgs } from "@std/cli/parse-args";
import { ChatError } from "../../room/errors.ts";
import { formatNumber } from "../../text/number.ts";
import { suggest } from "../../text/suggest.ts";
import { UsageError } from "./exit.ts";

/** One flag of a command; the table of them is what is parsed, what `--help` prints and what shells complete. */
export interface Flag<T> {
  /** What the value is called in the help; a flag without one is a switch. */
  readonly value?: string;
  /**
   * Marks the operand: what stands on the command line without a flag, and cannot be given
   * with one. A command has one at most.
   */
  readonly operand?: "optional" | "required";
  /** What it does, in a few words. */
  readonly help: string;
  /** The heading under which the help lists it. Default: `Options`. */
  readonly group?: string;
  /** What else people may call it, as other commands do; it goes by its own name only. */
  readonly alsoCalled?: readonly string[];
  /** The environment variable that stands in for it. */
  readonly env?: string;
  /** The value if it is not given. */
  readonly fallback: T;
  /** How the help shows the fallback; left out, it is shown as it is. */
  readonly fallbackHelp?: string;
  /** What values it takes, for the help. */
  readonly bounds?: string;
  /** All values it takes, if they are so few that a shell may complete them. */
  readonly choices?: readonly string[];
  /** True if the value names a file. */
  readonly file?: boolean;
  /** Makes a value of what was typed; a `RangeError` or `ChatError` says what is wrong with it. */
  readonly parse: (text: string) => T;
}

/** A table of flags by their names on the command line. */
export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** The values of a table of flags. */
export type Values<F extends Flags> = {
  readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never;
};

/**
 * Reads `args` by the table `flags`: a flag given wins over its environment
 * variable, and that over its fallback. The last one given wins; an operand is given once.
 *
 * @throws {UsageError} that names what cannot be understood.
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
  })) as Values<F>; // Every name of the table has got the value that its own flag makes.
}

/** What may follow the name of a command with these flags: `[OPTIONS] [TEXT]`. */
export function flagUsage(flags: Flags): string {
  const operand = Object.values(flags).find((flag) => flag.operand);
  if (!operand) return "[OPTIONS]";
  return `[OPTIONS] ${operand.operand === "optional" ? `[${operand.value}]` : operand.value}`;
}

/** Puts flags under a heading of the help, except for those that have one. */
export function inGroup<F extends Flags>(group: string, flags: F): F {
  const grouped = Object.entries(flags).map(([name, flag]) => [name, { group, ...flag }]);
  return Object.fromEntries(grouped) as F; // The same flags, which may all have a group.
}

/** The flags by their headings, in order; those without one come last, and may be none. */
export function groupFlags(flags: Flags): [heading: string, flags: Flags][] {
  const { Options = [], ...groups } = Object.groupBy(
    Object.entries(flags),
    ([, { group = "Options" }]) => group,
  );
  return [...Object.entries(groups), ["Options", Options] as const]
    .map(([heading, entries = []]) => [heading, Object.fromEntries(entries)]);
}

/** The rows of the help for a table of flags: the flag, and what there is to know of it. */
export function flagRows(flags: Flags): [string, string][] {
  return Object.entries(flags).map(([name, flag]) => {
    const fallback = flag.operand === "required" ? "required" : `default ${flagDefault(flag)}`;
    const notes = [flag.bounds, fallback, flag.env && `env ${flag.env}`].filter(Boolean);
    const left = flag.operand ? flag.value! : flag.value ? `--${name} ${flag.value}` : `--${name}`;
    return [left, `${flag.help} (${notes.join("; ")})`];
  });
}

/** What holds if a flag is not given, for the help. */
export function flagDefault({ value, fallback, fallbackHelp }: Flag<unknown>): string {
  if (value === undefined) return "off";
  return fallbackHelp ?? (typeof fallback === "number" ? formatNumber(fallback) : String(fallback));
}

/**
 * Tells the operand from the options, and writes each option's value behind an equals sign,
 * `--port 0` as `--port=0`, which is the one form that leaves nothing to guess.
 *
 * @throws {UsageError} for what is no flag of the table, for flags without their value and
 * for operands that there is no place for.
 */
function separate(
  flags: Flags,
  args: readonly string[],
): { options: string[]; operand: string | undefined } {
  const place = Object.values(flags).find((flag) => flag.operand);
  const options: string[] = [];
  let operand: string | undefined;
  let bare = false; // True behind "--".
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (bare || !arg.startsWith("-") || arg === "--") {
      if (!place) throw new UsageError(`Unexpected argument "${arg}"`);
      if (!bare && arg === "--") {
        bare = true;
        continue;
      }
      if (operand !== undefined) {
        const hint = `quote ${place.value} if it has spaces`;
        throw new UsageError(`Unexpected argument "${arg}" (${hint})`);
      }
      operand = arg;
      continue;
    }
    const [, name = "", inline] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
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
  const near = names.find((name) => flags[name]!.alsoCalled?.includes(words)) ??
    suggest(words, names);
  const operand = Object.values(flags).find((flag) => flag.operand);
  const hint = near
    ? ` (did you mean --${near}?)`
    : operand
    ? ` (a ${operand.value} that starts with - goes behind --)`
    : "";
  return new UsageError(`Unknown option "${name}"${hint}`);
}
