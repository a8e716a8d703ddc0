/**
 * Formats a number with thousands separators: `1,048,576`. Not with `toLocaleString()`, whose first
 * call takes longer than the rest of `--help`.
 */
export function formatNumber(number: number): string {
  return String(number).replace(/\B(?<!\.\d*)(?=(?:\d{3})+(?!\d))/g, ",");
}

/** Formats a count: `1 note`, `3 notes`, `1,000 notes`. */
export function formatCount(number: number, thing: string): string {
  return `${formatNumber(number)} ${thing}${number === 1 ? "" : "s"}`;
}
