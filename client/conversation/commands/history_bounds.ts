import { formatNumber } from "../../../text/number.ts";

/** The number of notes that `/history` shows. */
export const HISTORY = { fallback: 100, min: 1, max: 10_000 } as const;

/** The bounds of that number, for the help. */
export const HISTORY_BOUNDS = `${formatNumber(HISTORY.min)} to ${formatNumber(HISTORY.max)}`;
