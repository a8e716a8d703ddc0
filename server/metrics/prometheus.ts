import { type Metric, sampleName } from "./metric.ts";

/** The media type of the text format. */
export const TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8";

/** Formats metrics in Prometheus's text format, version 0.0.4. */
export function prometheusText(metrics: readonly Metric[]): string {
  return metrics.map((metric) => {
    const { name, help, type } = metric;
    const lines = type === "histogram" ? histogramLines(metric) : metric.read()
      .map(({ labels, value }) => `${sampleName(name, labels)} ${value}`);
    return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
  }).join("");
}

function histogramLines(
  { name, histogram }: Extract<Metric, { type: "histogram" }>,
): string[] {
  const counts = histogram.cumulative();
  const bounds = [...histogram.bounds.map(String), "+Inf"];
  return [
    ...bounds.map((le, i) => `${sampleName(`${name}_bucket`, { le })} ${counts[i]}`),
    `${name}_sum ${histogram.sum}`,
    `${name}_count ${histogram.count}`,
  ];
}
