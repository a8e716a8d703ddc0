import type { Histogram } from "./histogram.ts";

/** A number, and by what it differs from others of its metric. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What is counted or measured on a server, whoever wants to know it. */
export type Metric =
  & {
    /** Its name, by the rules of Prometheus: with the unit, and `_total` if it only grows. */
    readonly name: string;
    /** What it is, in a sentence. */
    readonly help: string;
  }
  & ({
    /** A counter only grows. */
    readonly type: "counter" | "gauge";
    /** What it is now. */
    readonly read: () => readonly Sample[];
  } | {
    readonly type: "histogram";
    readonly histogram: Histogram;
  });

/** The name of a number in the text format of Prometheus. */
export function sampleName(metric: string, labels: Sample["labels"] = {}): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? metric : `${metric}{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
