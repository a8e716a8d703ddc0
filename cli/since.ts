import { parseDuration } from "./flag_kinds.ts";

/** Where to start in a room: at a position, or with the first note of a time (in milliseconds) or later. */
export type Since = { readonly seq: number } | { readonly time: number };

/**
 * Reads where to start: a span of time (`1h`: that long ago), a position (`1042`), a date or a
 * date and time of ISO 8601 (`2026-11-22`, `2026-11-22T17:02`; local unless it says `Z` or an
 * offset), or a time of today (`17:02`).
 *
 * @throws {RangeError} if it is none of these.
 */
export function parseSince(text: string, now = new Date()): Since {
  const ago = parseDuration(text);
  const time = ago === undefined ? parseTime(text, now) : now.getTime() - ago;
  if (time !== undefined) return { time: Math.max(0, time) };
  const seq = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (seq > 0) return { seq };
  throw new RangeError("must be a time (1h, 17:02, 2026-11-22T17:02) or a position from 1");
}

function parseTime(text: string, now: Date): number | undefined {
  const full = /^\d\d:\d\d/.test(text)
    ? `${dateOf(now)}T${text}`
    : /^\d{4}-\d\d-\d\d$/.test(text)
    ? `${text}T00:00` // By itself it would be midnight in Greenwich.
    : text;
  const [, date] =
    /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?$/.exec(full) ?? [];
  if (date === undefined || !isDate(date)) return undefined;
  const time = Date.parse(full);
  return Number.isNaN(time) ? undefined : time;
}

/** `Date.parse` takes the 30th of February for the 2nd of March. */
function isDate(date: string): boolean {
  const time = Date.parse(date);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
}

function dateOf(now: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
