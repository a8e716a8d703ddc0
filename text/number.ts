/**
 * A whole number or decimal with its thousands apart: `1,048,576`. Not by `toLocaleString()`,
 * whose first call loads tables for longer than the rest of a `--help` takes.
 */
export function formatNumber(number: number): string {
  return String(number).replace(/\B(?<!\.\d*)(?=(?:\d{3})+(?!\d))/g, ",");
}

/** `1 note`, `3 notes`, `1,000 notes`. */
export function formatCount(number: number, thing: string): string {
  return `${formatNumber(number)} ${thing}${number === 1 ? "" : "s"}`;
}
