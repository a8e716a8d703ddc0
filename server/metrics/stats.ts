import type { Stat } from "../../room/moderation.ts";
import { type Metric, nameOf } from "./metric.ts";

/** Which shares of what is measured are told: the time that half of all take, and all but one in a hundred. */
const SHARES = [0.5, 0.99];

/** Metrics as figures for people: of a histogram not the buckets, but what they come to. */
export function figuresOf(metrics: readonly Metric[]): Stat[] {
  return metrics.flatMap((metric) => {
    const { name } = metric;
    if (metric.type !== "histogram") {
      return metric.read().map(({ labels, value }) => ({ name: nameOf(name, labels), value }));
    }
    const { histogram } = metric;
    return [
      ...SHARES.map((share) => ({
        name: nameOf(name, { quantile: String(share) }),
        value: histogram.quantile(share),
      })),
      { name: `${name}_sum`, value: histogram.sum },
      { name: `${name}_count`, value: histogram.count },
    ];
  });
}
