/** Units of time in seconds. */
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** The larger units that durations are shown in, from the smallest up, in seconds. */
const SHOWN_UNITS = [["min", 60], ["h", 3_600], ["d", 86_400]] as const;

/** The bounds of a duration, for the help. It has at most six digits. */
export const DURATION_BOUNDS = "1s to 999,999d";

/**
 * Parses a duration such as `90s`, `15m`, `12h` or `30d`. Returns milliseconds, or undefined if it
 * is not one.
 */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = Number(digits) * (UNITS[unit ?? ""] ?? NaN) * 1_000;
  return ms > 0 ? ms : undefined;
}

/** Formats a duration in milliseconds for people, rounded up: `45 s`, `30 min`, `12 h`, `3 d`. */
export function formatDuration(ms: number): string {
  let seconds = Math.max(1, Math.ceil(ms / 1_000));
  // Unit by unit, because 119 minutes and a second are 120 minutes, which are 2 hours.
  for (const [, size] of SHOWN_UNITS) {
    if (seconds >= 2 * size) seconds = Math.ceil(seconds / size) * size;
  }
  const [unit, size] = SHOWN_UNITS.findLast(([, size]) => seconds % size === 0) ?? ["s", 1];
  return `${seconds / size} ${unit}`;
}
