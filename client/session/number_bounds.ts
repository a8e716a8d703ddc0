import type { NumberBounds } from "../../text/check_number.ts";

/** The number of the newest notes to start with. */
export const LAST: NumberBounds = { min: 0, max: 2 ** 32 - 1, isWhole: true };

/** A position, or a time in milliseconds: the whole numbers that JavaScript has. */
export const POSITION: NumberBounds = { min: 0, max: Number.MAX_SAFE_INTEGER, isWhole: true };
