import type { NumberBounds } from "../../text/check_number.ts";

/** The bounds of a number of newest notes to start with. */
export const LAST_BOUNDS: NumberBounds = { min: 0, max: 2 ** 32 - 1, isWhole: true };

/** The bounds of a position, or of a span in milliseconds: JavaScript's exact whole numbers. */
export const POSITION_BOUNDS: NumberBounds = {
  min: 0,
  max: Number.MAX_SAFE_INTEGER,
  isWhole: true,
};

/** The bounds of a time in milliseconds, which may have a fraction. */
export const TIME_BOUNDS: NumberBounds = { ...POSITION_BOUNDS, isWhole: false };
