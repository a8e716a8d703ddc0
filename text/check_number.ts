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
 * Returns the value of an option, if it is within its bounds.
 *
 * @throws {RangeError} naming the option, the value and the bounds, if it is not.
 */
export function checkNumber(
  name: string,
  value: number,
  { min, max, isWhole }: NumberBounds,
): number {
  if (value >= min && value <= max && (!isWhole || Number.isInteger(value))) return value;
  throw new RangeError(
    `${name} ${value}: must be ${isWhole ? "a whole number " : ""}from ${min} to ${max}`,
  );
}
