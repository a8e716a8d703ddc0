/** A measured value at a time. */
export interface Point {
  /** Seconds since the start. */
  readonly seconds: number;
  readonly value: number;
}

/** The slope of a series, and whether it is flat. */
export interface Trend {
  /** The median of all values. */
  readonly median: number;
  /** How much the value grows over the time of the series, by its slope. */
  readonly growth: number;
  /** The most that it may grow. */
  readonly bound: number;
  readonly isFlat: boolean;
}

/** What a series may grow by over its time and still be flat. */
export interface TrendBound {
  /** As a part of its median. */
  readonly part: number;
  /** At least so much, in its own unit. */
  readonly least: number;
}

/**
 * Finds the trend of a series by the median of the slopes between all pairs of points (Theil and
 * Sen), which a few outliers do not change. A series that falls is flat.
 */
export function findTrend(points: readonly Point[], { part, least }: TrendBound): Trend {
  const slopes: number[] = [];
  points.forEach((a, i) => {
    for (const b of points.slice(i + 1)) {
      if (b.seconds > a.seconds) slopes.push((b.value - a.value) / (b.seconds - a.seconds));
    }
  });
  const spanSeconds = points.length > 0 ? points.at(-1)!.seconds - points[0]!.seconds : 0;
  const middle = median(points.map(({ value }) => value));
  const growth = median(slopes) * spanSeconds;
  const bound = Math.max(middle * part, least);
  return { median: middle, growth, bound, isFlat: growth <= bound };
}

/** The median of numbers; 0 of none. */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/** The value below which a part of the numbers is; 0 of none. */
export function quantile(numbers: readonly number[], part: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
