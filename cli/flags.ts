import { parseArgs } from "@std/cli/parse-args";
import { ChatError } from "../room/errors.ts";
import { closest } from "./closest.ts";
import { UsageError } from "./exit.ts";

/** One flag of a command; the table of them is what is parsed and what `--help` prints. */
export interface Flag<T> {
  /** What the value is called in the help; a flag without one is a switch. */
  readonly value?: string;
  /** What it does, in a few words. */
  readonly help: string;
  /** The environment variable that stands in for it. */
  readonly env?: string;
  /** The value if it is not given. */
  readonly fallback: T;
  /** How the help shows the fallback; left out, it is shown as it is. */
  readonly fallbackHelp?: string;
  /** What values it takes, for the help. */
  readonly bounds?: string;
  /** Makes a value of what was typed; a `RangeError` or `ChatError` says what is wrong with it. */
  readonly parse: (text: string) => T;
}

/** A table of flags by their names on the command line. */
export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** The values of a table of flags. */
export type Values<F extends Flags> = {
  readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never;
};

/** A switch, off unless it is given. */
export function toggle(help: string): Flag<boolean> {
  return { help, fallback: false, parse: () => true };
}

/** A whole number within bounds. */
export function integer(
  { min, max, ...rest }: Omit<Flag<number>, "parse" | "bounds"> & { min: number; max: number },
): Flag<number> {
  const bounds = `${group(min)} to ${group(max)}`;
  const parse = (text: string) => {
    const number = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!(number >= min && number <= max)) {
      throw new RangeError(`must be a whole number from ${bounds}`);
    }
    return number;
  };
  return { ...rest, bounds, parse };
}

/** Multiples of the second by the letter that stands for them. */
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** A span of time as a number with a unit (`90s`, `15m`, `12h`, `30d`), given back in milliseconds. */
export function duration(flag: Omit<Flag<number>, "parse" | "bounds" | "value">): Flag<number> {
  const bounds = "a number with s, m, h or d";
  const parse = (text: string) => {
    const [, digits, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
    const ms = Number(digits) * (UNITS[unit ?? ""] ?? NaN) * 1_000;
    if (!(ms > 0)) throw new RangeError(`must be ${bounds}, such as 30d`);
    return ms;
  };
  return { ...flag, value: "TIME", bounds, parse };
}

/** Multiples of the byte by the letter that stands for them. */
const SIZES: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** A number of bytes, with or without a unit (`500k`, `64m`, `2g`, in powers of 1,024). */
export function bytes(flag: Omit<Flag<number>, "parse" | "bounds" | "value">): Flag<number> {
  const bounds = "a number, with k, m or g or without";
  const parse = (text: string) => {
    const [, digits, unit = ""] = /^(\d{1,12})([kmg]?)$/i.exec(text) ?? [];
    const size = Number(digits) * SIZES[unit.toLowerCase()]!;
    if (!(size > 0)) throw new RangeError(`must be ${bounds}, such as 64m`);
    return size;
  };
  return { ...flag, value: "BYTES", bounds, parse };
}

/** A span of time: seconds, with decimals or not, given back in milliseconds. */
export function seconds(
  { min, max, ...rest }: Omit<Flag<number>, "parse" | "bounds" | "value"> & {
    min: number;
    max: number;
  },
): Flag<number> {
  const bounds = `${group(min)} to ${group(max)} seconds`;
  const parse = (text: string) => {
    const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
    if (!(number >= min && number <= max)) throw new RangeError(`must be ${bounds}`);
    return Math.round(number * 1_000);
  };
  return { value: "SECONDS", fallbackHelp: `${rest.fallback / 1_000}`, ...rest, bounds, parse };
}

/**
 * Reads `args` by the table `flags`: a flag given wins over its environment
 * variable, and that over its fallback. The last one given wins.
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
  const parsed: Record<string, unknown> = parseArgs(withValues(flags, args), {
    boolean: switches,
    string: names.filter((name) => !switches.includes(name)),
  });
  return Object.fromEntries(names.map((name) => {
    const flag = flags[name]!;
    const given = parsed[name];
    if (flag.value === undefined) return [name, given === true];
    if (typeof given === "string") return [name, readValue(`--${name}`, given, flag)];
    const fromEnv = flag.env === undefined ? undefined : env(flag.env);
    if (fromEnv) return [name, readValue(flag.env!, fromEnv, flag)];
    return [name, flag.fallback];
  })) as Values<F>;
}

/** The rows of the help for a table of flags: the flag, and what there is to know of it. */
export function flagRows(flags: Flags): [string, string][] {
  return Object.entries(flags).map(([name, flag]) => {
    if (flag.value === undefined) return [`--${name}`, flag.help];
    const fallback = flag.fallbackHelp ??
      (typeof flag.fallback === "number" ? group(flag.fallback) : String(flag.fallback));
    const notes = [flag.bounds, `default ${fallback}`, flag.env && `env ${flag.env}`];
    return [`--${name} ${flag.value}`, `${flag.help} (${notes.filter(Boolean).join("; ")})`];
  });
}

/**
 * Writes each value behind an equals sign, `--port 0` as `--port=0`, which is the one form
 * that leaves nothing to guess.
 *
 * @throws {UsageError} for what is no flag of the table, and for flags without their value.
 */
function withValues(flags: Flags, args: readonly string[]): string[] {
  const written: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [, name, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(args[i]!) ?? [];
    if (name === undefined && !args[i]!.startsWith("-") || args[i] === "--") {
      throw new UsageError(`Unexpected argument "${args[i]}"`);
    }
    const flag = name === undefined || !Object.hasOwn(flags, name) ? undefined : flags[name];
    if (!flag) throw unknownFlag(args[i]!, Object.keys(flags));
    if (flag.value === undefined) {
      if (inline !== undefined) throw new UsageError(`"${args[i]}": --${name} takes no value`);
      written.push(args[i]!);
      continue;
    }
    const value = inline ?? args[++i] ?? "";
    if (value === "" || inline === undefined && value.startsWith("--")) {
      throw new UsageError(`--${name} needs a value: ${flag.value}`);
    }
    written.push(`--${name}=${value}`);
  }
  return written;
}

function readValue<T>(source: string, text: string, flag: Flag<T>): T {
  try {
    return flag.parse(text);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof ChatError)) throw error;
    throw new UsageError(`${source} "${text}": ${error.message}`, { cause: error });
  }
}

function unknownFlag(arg: string, names: readonly string[]): UsageError {
  const name = arg.replace(/=.*$/s, "");
  const near = closest(name.replace(/^-+/, ""), names);
  return new UsageError(`Unknown option "${name}"${near ? ` (did you mean --${near}?)` : ""}`);
}

function group(number: number): string {
  return number.toLocaleString("en");
}
