/** The formats for the time of a note: none, `17:02`, or the full ISO 8601. */
export const TIME_FORMATS = ["off", "hm", "iso"] as const;
/** One of {@linkcode TIME_FORMATS}. */
export type TimeFormat = typeof TIME_FORMATS[number];

/**
 * The offset of a time zone from UTC in minutes, at a time in milliseconds since the Unix epoch.
 */
export type Zone = (ms: number) => number;

/** The time zone of this process. */
export const LOCAL_ZONE: Zone = (ms) => -new Date(ms).getTimezoneOffset();

/** The time in its zone: `17:02`, `2026-11-22T17:02:03+01:00`, or nothing. */
export function formatTime(ms: number, format: TimeFormat, zone: Zone): string {
  switch (format) {
    case "off":
      return "";
    case "hm":
      return local(ms, zone).slice(11, 16);
    case "iso":
      return `${local(ms, zone).slice(0, 19)}${offset(zone(ms))}`;
  }
}

/** The date in its zone: `2026-11-22`. */
export function localDate(ms: number, zone: Zone): string {
  return local(ms, zone).slice(0, 10);
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  ...["January", "February", "March", "April", "May", "June"],
  ...["July", "August", "September", "October", "November", "December"],
];

/** The date in its zone, in words: `Sunday 22 November 2026`. */
export function longDate(ms: number, zone: Zone): string {
  const date = shifted(ms, zone); // Read as UTC.
  const day = `${DAYS[date.getUTCDay()]} ${date.getUTCDate()}`;
  return `${day} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** The instant whose UTC reading equals the zone's local time. */
function shifted(ms: number, zone: Zone): Date {
  return new Date(ms + zone(ms) * 60_000);
}

function local(ms: number, zone: Zone): string {
  return shifted(ms, zone).toISOString();
}

function offset(minutes: number): string {
  const [sign, size] = minutes < 0 ? ["-", -minutes] : ["+", minutes];
  const hours = String(Math.floor(size / 60)).padStart(2, "0");
  return `${sign}${hours}:${String(Math.floor(size % 60)).padStart(2, "0")}`;
}
