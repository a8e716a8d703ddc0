import { drawLineCharts } from "./line_chart.ts";
import type { Sample } from "./run_soak.ts";
import { findTrend, type Point, type Trend, type TrendBound } from "./trend.ts";

/** The figures that must be flat, with what they may grow by over the time that is judged. */
const BOUNDS: Readonly<Partial<Record<keyof Sample, TrendBound & { readonly unit: string }>>> = {
  rssMib: { part: 0.1, least: 8, unit: "MiB" },
  descriptors: { part: 0.05, least: 5, unit: "" },
  p50Ms: { part: 0.5, least: 2, unit: "ms" },
  p99Ms: { part: 0.5, least: 20, unit: "ms" },
};

/** The first part of the samples, which is not judged: memory fills up to its bounds. */
const WARM_UP_PART = 1 / 3;

/** The trend of a figure. */
export interface FigureTrend extends Trend {
  readonly figure: keyof Sample;
  readonly unit: string;
}

/** Judges each figure by its samples after the warm-up. */
export function judgeSoak(samples: readonly Sample[]): FigureTrend[] {
  const judged = samples.slice(Math.floor(samples.length * WARM_UP_PART));
  return Object.entries(BOUNDS).map(([name, bound]) => {
    const figure = name as keyof Sample;
    return { figure, unit: bound.unit, ...findTrend(series(judged, figure), bound) };
  });
}

function series(samples: readonly Sample[], figure: keyof Sample): Point[] {
  const isLatency = figure === "p50Ms" || figure === "p99Ms";
  return samples.filter(({ notes }) => notes > 0 || !isLatency)
    .map((sample) => ({ seconds: sample.seconds, value: sample[figure] }));
}

/** Draws the samples as an SVG picture. */
export function drawSoak(title: string, samples: readonly Sample[]): string {
  const line = (name: string, figure: keyof Sample) => ({ name, points: series(samples, figure) });
  return drawLineCharts(title, [
    { title: "Memory of the server", unit: "MiB", lines: [line("resident", "rssMib")] },
    { title: "Descriptors of the server", unit: "", lines: [line("open", "descriptors")] },
    {
      title: "From a post to its acknowledgement",
      unit: "ms",
      lines: [line("p50", "p50Ms"), line("p99", "p99Ms")],
    },
  ]);
}
