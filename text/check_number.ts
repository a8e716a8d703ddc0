/** The numbers that an option accepts. */
export interface NumberBounds {
  /** The least value. */
  readonly min: number;
  /** The greatest value. */
  readonly max: number;
  /** Whether it must be a whole number. */
  readonly isWhole: boolean;
}

/**
 * Returns the value of an option, if it is a number within its bounds. Callers without types may
 * pass anything.
 *
 * @throws {RangeError} naming the option, the value and the bounds, if it is not.
 */
export function checkNumber(
  name: string,
  value: number,
  { min, max, isWhole }: NumberBounds,
): number {
  const isNumber = typeof value === "number";
  if (isNumber && value >= min && value <= max && (!isWhole || Number.isInteger(value))) {
    return value;
  }
  const what = isWhole ? "a whole number " : isNumber ? "" : "a number ";
  const shown = typeof value === "string" ? `"${value}"` : String(value);
  throw new RangeError(`${name} ${shown}: must be ${what}from ${min} to ${max}`);
}
