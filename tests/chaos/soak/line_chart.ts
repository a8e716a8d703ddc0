import type { Point } from "./trend.ts";

/** One line of a chart. */
export interface ChartLine {
  readonly name: string;
  readonly points: readonly Point[];
}

/** A chart with its own vertical axis, which starts at 0. */
export interface LineChart {
  readonly title: string;
  /** The unit of the values, such as `ms`. */
  readonly unit: string;
  readonly lines: readonly ChartLine[];
}

const WIDTH = 800;
const HEIGHT = 180;
const LEFT = 70;
const RIGHT = 20;
const TOP = 34;
const BOTTOM = 30;
const COLORS = ["#1f6feb", "#d4470c", "#1a7f37", "#8250df"];
const STEPS = 4;

/** Draws charts over the same time, one below the other, as an SVG picture. */
export function drawLineCharts(title: string, charts: readonly LineChart[]): string {
  const seconds = Math.max(
    1,
    ...charts.flatMap(({ lines }) =>
      lines.flatMap(({ points }) => points.map((point) => point.seconds))
    ),
  );
  const height = 40 + charts.length * HEIGHT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="24" font-size="15">${escape(title)}</text>`,
    ...charts.flatMap((chart, index) => drawChart(chart, 40 + index * HEIGHT, seconds)),
    "</svg>",
    "",
  ].join("\n");
}

function drawChart({ title, unit, lines }: LineChart, top: number, seconds: number): string[] {
  const most = Math.max(...lines.flatMap(({ points }) => points.map(({ value }) => value)), 0);
  const step = niceStep(most / STEPS);
  const greatest = step * STEPS;
  const x = (at: number) => round(LEFT + at / seconds * (WIDTH - LEFT - RIGHT));
  const y = (value: number) =>
    round(top + HEIGHT - BOTTOM - value / greatest * (HEIGHT - TOP - BOTTOM));
  const ticks = Array.from({ length: STEPS + 1 }, (_, i) => i * step);
  const minutes = seconds / 60;
  const minuteStep = niceStep(minutes / 6);
  const times = Array.from({ length: 7 }, (_, i) => i * minuteStep).filter((at) => at <= minutes);
  return [
    `<text x="${LEFT}" y="${top + 20}">${escape(title)}</text>`,
    ...ticks.flatMap((value) => [
      `<line x1="${LEFT}" y1="${y(value)}" x2="${WIDTH - RIGHT}" y2="${
        y(value)
      }" stroke="#d0d7de"/>`,
      `<text x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end">${
        escape(`${round(value)} ${unit}`.trim())
      }</text>`,
    ]),
    ...times.map((at) =>
      `<text x="${x(at * 60)}" y="${top + HEIGHT - 12}" text-anchor="middle">${
        round(at)
      } min</text>`
    ),
    ...lines.flatMap(({ name, points }, i) => [
      `<polyline fill="none" stroke="${COLORS[i % COLORS.length]}" stroke-width="1.5" points="${
        points.map(({ seconds, value }) => `${x(seconds)},${y(value)}`).join(" ")
      }"/>`,
      `<text x="${WIDTH - RIGHT - 150 * (lines.length - 1 - i)}" y="${
        top + 20
      }" text-anchor="end" fill="${COLORS[i % COLORS.length]}">${escape(name)}</text>`,
    ]),
  ];
}

/** The least of 1, 2 and 5 times a power of ten that is not below a number. */
function niceStep(least: number): number {
  if (!(least > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= least * 0.999_999)!;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
