import { DURATION_BOUNDS, parseDuration } from "./duration.ts";
import { formatNumber } from "./number.ts";

/**
 * A note in a room, by its position; or the first one from a time on: in milliseconds since the Unix
 * epoch, or so many milliseconds ago by the clock of the server.
 */
export type Since =
  | { readonly seq: number }
  | { readonly time: number }
  | { readonly agoMs: number };

/** The longest position, in digits. */
const SEQ_DIGITS = 15;

/** The texts that {@linkcode parseSince} accepts, for the help. */
export const SINCE_BOUNDS =
  `a span of ${DURATION_BOUNDS}, 17:02, 2026-11-22, 2026-11-22T17:02Z, or 1 to ${
    formatNumber(10 ** SEQ_DIGITS - 1)
  }`;

/**
 * Parses where to start: a span of time (`1h`: that long ago), a position (`1042`), a date or a
 * date and time of ISO 8601 (`2026-11-22`, `2026-11-22T17:02`, with a space for the `T` or not;
 * local unless it says `Z` or an offset), or the last time that it was `17:02`.
 *
 * @throws {RangeError} if it is none of these.
 */
export function parseSince(text: string, now = new Date()): Since {
  const agoMs = parseDuration(text);
  if (agoMs !== undefined) return { agoMs };
  const time = parseTime(text, now);
  if (time !== undefined) return { time: Math.max(0, time) };
  const seq = /^\d+$/.test(text) && text.length <= SEQ_DIGITS ? Number(text) : 0;
  if (seq > 0) return { seq };
  throw new RangeError("must be a time (1h, 17:02, 2026-11-22T17:02) or a position from 1");
}

function parseTime(text: string, now: Date): number | undefined {
  if (/^\d\d:\d\d/.test(text)) {
    const yesterday = new Date(now);
    yesterday.setDate(now.getDate() - 1);
    const times = [now, yesterday].map((day) => parseTime(`${localDay(day)}T${text}`, now));
    return times.find((time) => time === undefined || time <= now.getTime());
  }
  // A date by itself would be midnight in Greenwich.
  const full = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text.replace(" ", "T");
  const [, date] =
    /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?$/.exec(full) ?? [];
  if (date === undefined || !isDate(date)) return undefined;
  const time = Date.parse(full);
  return Number.isNaN(time) ? undefined : time;
}

/** `Date.parse` reads the 30th of February as the 2nd of March. */
function isDate(date: string): boolean {
  const time = Date.parse(date);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
}

function localDay(now: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
