/** The last millisecond of the year 9999. Later dates have other formats. */
const LATEST_MS = Date.UTC(10_000, 0) - 1;

/** True if `ms` is a time that can be formatted as a date: a server may send any number. */
export function isTime(ms: number | undefined): ms is number {
  return ms !== undefined && Number.isSafeInteger(ms) && ms >= 0 && ms <= LATEST_MS;
}
