import type { Histogram } from "./histogram.ts";

/** A value with the labels that distinguish it within its metric. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric of the server, independent of any exporter. */
export type Metric =
  & {
    /** The name by Prometheus's rules: with the unit, and `_total` for a counter. */
    readonly name: string;
    /** A one-sentence description. */
    readonly help: string;
  }
  & ({
    /** A counter only grows. */
    readonly type: "counter" | "gauge";
    /** Returns the current values. */
    readonly read: () => readonly Sample[];
  } | {
    readonly type: "histogram";
    readonly histogram: Histogram;
  });

/** Returns the name of a sample in Prometheus's text format. */
export function sampleName(metric: string, labels: Sample["labels"] = {}): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? metric : `${metric}{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
