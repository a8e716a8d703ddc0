import { DURATION_BOUNDS, formatDuration, parseDuration } from "../../text/duration.ts";
import { formatList } from "../../text/list.ts";
import { formatNumber } from "../../text/number.ts";
import type { Flag } from "./flags.ts";

/** A flag for a number from `min` to `max`. */
type RangedFlag = Omit<Flag<number>, "parse" | "bounds" | "value"> & {
  readonly min: number;
  readonly max: number;
};

/** A switch; off by default. */
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

/**
 * A duration as a number with a unit (`90s`, `15m`, `12h`, `30d`); its value is in milliseconds.
 */
export function duration(flag: Omit<Flag<number>, "parse" | "bounds" | "value">): Flag<number> {
  const bounds = `${DURATION_BOUNDS}, with s, m, h or d`;
  const parse = (text: string) => {
    const ms = parseDuration(text);
    if (ms === undefined) throw new RangeError(`must be ${bounds}`);
    return ms;
  };
  const fallbackHelp = flag.fallback === Infinity ? "forever" : formatDuration(flag.fallback);
  return { fallbackHelp, ...flag, value: "TIME", bounds, parse };
}

/** Multiples of the byte by their letters. */
const SIZES: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** A number of bytes, with or without a unit (`500k`, `64m`, `2g`, in powers of 1,024). */
export function size({ min, max, ...rest }: RangedFlag): Flag<number> {
  const bounds = `${formatSize(min)} to ${formatSize(max)}, with k, m or g or without`;
  const parse = (text: string) => {
    const [, digits, unit = ""] = /^(\d{1,16})([kmg]?)$/i.exec(text) ?? [];
    const size = Number(digits) * SIZES[unit.toLowerCase()]!;
    if (!(size >= min && size <= max)) throw new RangeError(`must be ${bounds}`);
    return size;
  };
  return { fallbackHelp: formatSize(rest.fallback), ...rest, value: "BYTES", bounds, parse };
}

/** A number of bytes with the largest unit that keeps it whole: `1g`. */
function formatSize(bytes: number): string {
  const [letter, unit] = Object.entries(SIZES).findLast(([, unit]) => bytes % unit === 0)!;
  return `${formatNumber(bytes / unit)}${letter}`;
}

/** A time in seconds, with decimals or without; its value, like its bounds, is in milliseconds. */
export function seconds({ min, max, ...rest }: RangedFlag): Flag<number> {
  const bounds = `${formatNumber(min / 1_000)} to ${formatNumber(max / 1_000)} seconds`;
  const parse = (text: string) => {
    const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : NaN;
    if (!(ms >= min && ms <= max)) throw new RangeError(`must be ${bounds}`);
    return Math.round(ms);
  };
  return { value: "SECONDS", fallbackHelp: `${rest.fallback / 1_000}`, ...rest, bounds, parse };
}
