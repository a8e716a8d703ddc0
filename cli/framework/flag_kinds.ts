import { DURATION_BOUNDS, parseDuration } from "../../text/duration.ts";
import { formatList } from "../../text/list.ts";
import { formatNumber } from "../../text/number.ts";
import type { Flag } from "./flags.ts";

/** A switch, off unless it is given. */
export function toggle(help: string): Flag<boolean> {
  return { help, fallback: false, parse: () => true };
}

/** The name of a file. */
export function file(
  flag: Omit<Flag<undefined>, "parse" | "file" | "fallback" | "bounds">,
): Flag<string | undefined> {
  return { ...flag, file: true, fallback: undefined, parse: (path) => path };
}

/** One of a few words. */
export function choice<T extends string, const F>(
  choices: readonly T[],
  flag: Omit<Flag<F>, "parse" | "bounds" | "choices">,
): Flag<T | F> {
  const bounds = formatList(choices);
  const parse = (text: string) => {
    const chosen = choices.find((choice) => choice === text);
    if (chosen === undefined) throw new RangeError(`must be ${bounds}`);
    return chosen;
  };
  return { ...flag, bounds, choices, parse };
}

/** A whole number within bounds. */
export function integer<F = never>(
  { min, max, ...rest }: Omit<Flag<number | F>, "parse" | "bounds"> & { min: number; max: number },
): Flag<number | F> {
  const bounds = `${formatNumber(min)} to ${formatNumber(max)}`;
  const parse = (text: string) => {
    const number = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!(number >= min && number <= max)) {
      throw new RangeError(`must be a whole number from ${bounds}`);
    }
    return number;
  };
  return { ...rest, bounds, parse };
}

/** A span of time as a number with a unit (`90s`, `15m`, `12h`, `30d`), given back in milliseconds. */
export function duration(flag: Omit<Flag<number>, "parse" | "bounds" | "value">): Flag<number> {
  const bounds = `${DURATION_BOUNDS}, with s, m, h or d`;
  const parse = (text: string) => {
    const ms = parseDuration(text);
    if (ms === undefined) throw new RangeError(`must be ${bounds}`);
    return ms;
  };
  return { ...flag, value: "TIME", bounds, parse };
}

/** Multiples of the byte by the letter that stands for them. */
const SIZES: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** A number of bytes, with or without a unit (`500k`, `64m`, `2g`, in powers of 1,024). */
export function bytes(flag: Omit<Flag<number>, "parse" | "bounds" | "value">): Flag<number> {
  const maxGigabytes = 999_999;
  const bounds = `1 to ${formatNumber(maxGigabytes)}g, with k, m or g or without`;
  const parse = (text: string) => {
    const [, digits, unit = ""] = /^(\d{1,16})([kmg]?)$/i.exec(text) ?? [];
    const size = Number(digits) * SIZES[unit.toLowerCase()]!;
    if (!(size > 0 && size <= maxGigabytes * 2 ** 30)) throw new RangeError(`must be ${bounds}`);
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
  const bounds = `${formatNumber(min)} to ${formatNumber(max)} seconds`;
  const parse = (text: string) => {
    const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
    if (!(number >= min && number <= max)) throw new RangeError(`must be ${bounds}`);
    return Math.round(number * 1_000);
  };
  return { value: "SECONDS", fallbackHelp: `${rest.fallback / 1_000}`, ...rest, bounds, parse };
}
