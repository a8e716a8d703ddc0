/**
 * Figures that compare servers: a table for each subject, with a row for each server and a column
 * for each load.
 *
 * @module
 */

import { type Cell, formatValue, type Measurement, median } from "../support/measurement.ts";

/** A table: its cells by rows, of which the first is the header. */
export interface Table {
  readonly title?: string;
  readonly rows: readonly (readonly string[])[];
  readonly isRight: (column: number) => boolean;
  /** Lines after the table. */
  readonly remarks?: readonly string[];
}

/** A figure that has a place in a table. */
export type Compared = Measurement & { readonly cell: Cell };

/** The figures that have a place in a table, in order. */
export function compared(figures: readonly Measurement[]): Compared[] {
  return figures.filter((figure): figure is Compared => figure.cell !== undefined);
}

/** The tables of medians, each with the least and the greatest run, and those of the cores' use. */
export function comparisons(figures: readonly Measurement[]): Table[] {
  return subjects(compared(figures)).flatMap(({ title, figures }) => {
    const unit = figures[0]!.unit;
    const hasCores = figures.some(({ cores }) => cores !== undefined);
    return [
      table(`${title}, in ${unit}: median (least – most)`, figures, formatRuns),
      ...hasCores
        ? [table(`${title}: use of the server's core / of the load's`, figures, cores)]
        : [],
    ].map((table, i) => i === 0 ? { ...table, remarks: remarks(figures) } : table);
  });
}

/** Groups figures by their tables. */
export function subjects(
  figures: readonly Compared[],
): { readonly title: string; readonly figures: Compared[] }[] {
  const groups = Map.groupBy(figures, ({ cell }) => cell.table);
  return [...groups].map(([title, figures]) => ({ title, figures }));
}

/** The different values of a field, in order. */
export function distinct(figures: readonly Compared[], field: keyof Cell): string[] {
  return [...new Set(figures.map(({ cell }) => cell[field]))];
}

function table(
  title: string,
  figures: readonly Compared[],
  format: (figure: Compared) => string,
): Table {
  const columns = distinct(figures, "column");
  const rows = distinct(figures, "row").map((row) => [
    row,
    ...columns.map((column) => {
      const figure = figures.find(({ cell }) => cell.row === row && cell.column === column);
      return figure ? format(figure) : "";
    }),
  ]);
  return { title, rows: [["", ...columns], ...rows], isRight: (column) => column > 0 };
}

function formatRuns({ runs, beside }: Compared): string {
  if (runs.length === 0) return beside?.split(":")[0] ?? "not measured";
  const [value, least, most] = [median(runs), Math.min(...runs), Math.max(...runs)].map(
    formatShort,
  );
  return runs.length === 1 ? value! : `${value} (${least} – ${most})`;
}

function cores({ cores }: Compared): string {
  if (!cores) return "";
  const percent = (share: number) => Math.round(share * 100);
  return `${percent(cores.server)} / ${percent(cores.load)} %`;
}

/** Why some figures are missing, each reason once. */
function remarks(figures: readonly Compared[]): string[] {
  const reasons = figures.filter(({ runs }) => runs.length === 0)
    .map(({ cell, beside }) => `${cell.row}: ${beside ?? "not measured"}`);
  return [...new Set(reasons)];
}

/** Formats a number with three digits or so: 4.15 M, 259 k, 62.1. */
export function formatShort(value: number): string {
  if (value >= 999_500) return `${formatValue(value / 1e6)} M`;
  if (value >= 1e4) return `${formatValue(value / 1e3)} k`;
  return formatValue(value);
}
