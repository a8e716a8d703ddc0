import type { Stat } from "../../room/moderation.ts";
import { type Metric, sampleName } from "./metric.ts";

/** Which shares of what is measured are told: the time that half of all take, and all but one in a hundred. */
const QUANTILES = [0.5, 0.99];

/** Metrics as figures for people: of a histogram not the buckets, but what they come to. */
export function toStats(metrics: readonly Metric[]): Stat[] {
  return metrics.flatMap((metric) => {
    const { name } = metric;
    if (metric.type !== "histogram") {
      return metric.read().map(({ labels, value }) => ({ name: sampleName(name, labels), value }));
    }
    const { histogram } = metric;
    return [
      ...QUANTILES.map((share) => ({
        name: sampleName(name, { quantile: String(share) }),
        value: histogram.quantile(share),
      })),
      { name: `${name}_sum`, value: histogram.sum },
      { name: `${name}_count`, value: histogram.count },
    ];
  });
}
