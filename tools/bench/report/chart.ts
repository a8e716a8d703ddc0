/**
 * Draws figures that compare servers as bars in SVG: a row of panels for each table, and a panel for
 * each load. A thin line spans all runs.
 *
 * @module
 */

import { type Compared, distinct, formatShort, subjects } from "./comparison.ts";
import { median } from "../support/measurement.ts";

const LABEL_WIDTH = 190;
const PANEL_WIDTH = 170;
const VALUE_WIDTH = 75;
const GAP = 16;
const BAR = 11;
const BAR_STEP = 16;
const TITLE_HEIGHT = 44;
const FONT = 11;

/** Draws `figures`; the bars of rows for which `isMarked` is true stand out. */
export function chart(figures: readonly Compared[], isMarked: (row: string) => boolean): string {
  const parts: string[] = [];
  let top = 0;
  let width = 0;
  for (const { title, figures: own } of subjects(figures)) {
    const rows = distinct(own, "row");
    const columns = distinct(own, "column");
    parts.push(text(GAP, top + 18, `${title}, ${own[0]!.unit}`, 'font-weight="bold"'));
    rows.forEach((row, i) => parts.push(text(GAP, baseline(top, i), row)));
    columns.forEach((column, at) => {
      const left = GAP + LABEL_WIDTH + at * (PANEL_WIDTH + VALUE_WIDTH + GAP);
      const panel = own.filter(({ cell }) => cell.column === column);
      const most = Math.max(...panel.flatMap(({ runs }) => runs));
      parts.push(text(left, top + 36, column, 'font-style="italic"'));
      for (const figure of panel) {
        const y = baseline(top, rows.indexOf(figure.cell.row));
        parts.push(...bar(figure, { left, y, most, isMarked: isMarked(figure.cell.row) }));
      }
      width = Math.max(width, left + PANEL_WIDTH + VALUE_WIDTH + GAP);
    });
    top += TITLE_HEIGHT + rows.length * BAR_STEP + GAP;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top}" width="${width}" ` +
    `height="${top}" font-family="sans-serif" font-size="${FONT}">`,
    `<rect width="${width}" height="${top}" fill="#fff"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

/** The place of a bar, and the value that its panel has room for. */
interface BarPlace {
  readonly left: number;
  readonly y: number;
  readonly most: number;
  readonly isMarked: boolean;
}

function bar({ runs, beside }: Compared, { left, y, most, isMarked }: BarPlace): string[] {
  if (runs.length === 0) {
    return [text(left, y, beside?.split(":")[0] ?? "not measured", 'fill="#888"')];
  }
  const x = (value: number) => round(left + value / most * PANEL_WIDTH);
  const value = median(runs);
  const middle = y - FONT / 2 + 1.5;
  const [least, greatest] = [Math.min(...runs), Math.max(...runs)];
  return [
    `<rect x="${left}" y="${round(middle - BAR / 2)}" width="${round(x(value) - left)}" ` +
    `height="${BAR}" fill="${isMarked ? "#2563eb" : "#9ca3af"}"/>`,
    `<path d="M${x(least)} ${middle}H${x(greatest)}" stroke="#111" stroke-width="1.5"/>`,
    text(x(Math.max(value, greatest)) + 5, y, formatShort(value)),
  ];
}

function baseline(top: number, row: number): number {
  return top + TITLE_HEIGHT + row * BAR_STEP + FONT;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function text(x: number, y: number, words: string, style = ""): string {
  const escaped = words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x}" y="${y}"${style && ` ${style}`}>${escaped}</text>`;
}
