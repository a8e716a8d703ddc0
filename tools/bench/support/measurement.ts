/** The shares of the two cores that were in use, each from 0 to 1. */
export interface CoreUse {
  /** The server's process on its core. */
  readonly server: number;
  /** The load's process on the other core. */
  readonly load: number;
}

/** The mean of several runs of the same length. */
export function meanUse(uses: readonly CoreUse[]): CoreUse {
  const mean = (core: keyof CoreUse) =>
    uses.reduce((total, use) => total + use[core], 0) / uses.length;
  return { server: mean("server"), load: mean("load") };
}

/** The place of a figure in a table that compares servers. */
export interface Cell {
  readonly table: string;
  readonly row: string;
  readonly column: string;
}

/** One measured figure. */
export interface Measurement {
  /** The subject of the measurement. */
  readonly name: string;
  /** The scenario, once it has been measured. */
  readonly scenario?: string;
  /** Its place in a table of comparison, if it has one. */
  readonly cell?: Cell;
  /** The value of each run. There are none if it was not measured, and `beside` says why. */
  readonly runs: readonly number[];
  /** The unit. */
  readonly unit: string;
  /** The required value. */
  readonly target?: { readonly atLeast: number } | { readonly atMost: number };
  /** A value to compare with. */
  readonly beside?: string;
  /** The load of the cores, over all runs. */
  readonly cores?: CoreUse;
}

/** Measures some figures, each in `repeat` runs. */
export type Scenario = (options: { readonly repeat: number }) => Promise<Measurement[]>;

/** The median; for an even number of values, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** The value below which the share `p` of the values lies. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * p) - 1)] ?? NaN;
}

/** Formats a number for people: 1,234,567 or 1.23. */
export function formatValue(value: number): string {
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return value.toLocaleString("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
