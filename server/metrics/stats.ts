import type { Stat } from "../../room/moderation.ts";
import { type Metric, sampleName } from "./metric.ts";

/** The reported quantiles: the median and the 99th percentile. */
const QUANTILES = [0.5, 0.99];

/** Returns metrics as stats for people: of a histogram the quantiles, not the buckets. */
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
