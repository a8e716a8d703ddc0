/**
 * The figures as tables, for the terminal and for README.md.
 *
 * @module
 */

import { comparisons, type Table } from "./comparison.ts";
import { formatValue, type Measurement, median } from "../support/measurement.ts";

const HEADER = ["figure", "median", "unit", "wanted", "", "server core", "load core", "beside"];

function row({ name, runs, unit, target, beside, cores }: Measurement): string[] {
  const value = median(runs);
  const [wanted, met] = target === undefined
    ? ["", ""]
    : "atLeast" in target
    ? [`≥ ${target.atLeast.toLocaleString("en")}`, value >= target.atLeast ? "met" : "SHORT"]
    : [`≤ ${target.atMost.toLocaleString("en")}`, value <= target.atMost ? "met" : "OVER"];
  const percent = (share?: number) => share === undefined ? "" : `${Math.round(share * 100)} %`;
  return [
    ...[name, formatValue(value), unit, wanted, met],
    ...[percent(cores?.server), percent(cores?.load), beside ?? ""],
  ];
}

/** All figures as tables: one of those that stand for themselves, and those that compare servers. */
function tables(figures: readonly Measurement[]): Table[] {
  const single = figures.filter(({ cell }) => cell === undefined);
  const isRight = (column: number) => column === 1 || column === 3 || column === 5 || column === 6;
  return [
    ...single.length > 0 ? [{ rows: [HEADER, ...single.map(row)], isRight }] : [],
    ...comparisons(figures),
  ];
}

/** The figures as lines of tables for the terminal. */
export function textTable(figures: readonly Measurement[]): string[] {
  const blocks = tables(figures).map(({ title, rows, isRight, remarks = [] }) => {
    const widths = rows[0]!.map((_, i) => Math.max(...rows.map((cells) => cells[i]!.length)));
    const lines = rows.map((cells) =>
      cells.map((cell, i) => isRight(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))
        .join("  ").trimEnd()
    );
    return [...title === undefined ? [] : [title], ...lines, ...remarks];
  });
  return joined(blocks);
}

/** The figures as lines of tables for tools/bench/README.md. */
export function markdownTable(figures: readonly Measurement[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const blocks = tables(figures).map(({ title, rows, isRight, remarks = [] }) => {
    const [header, ...rest] = rows;
    const rule = header!.map((_, i) => isRight(i) ? "--:" : "---");
    return [
      ...title === undefined ? [] : [`${title}:`, ""],
      ...[line(header!), line(rule), ...rest.map(line)],
      ...remarks.length > 0 ? ["", ...remarks.map((remark) => `- ${remark}`)] : [],
    ];
  });
  return joined(blocks);
}

/** The lines of all blocks, with an empty line between two. */
function joined(blocks: readonly (readonly string[])[]): string[] {
  return blocks.flatMap((block, i) => i === 0 ? block : ["", ...block]);
}
