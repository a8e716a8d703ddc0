import { formatCount, formatNumber } from "../../text/number.ts";
import { type ModuleCoverage, type Share, sumOf } from "./lcov.ts";

/** The most modules in each list of the report, unless it is detailed. */
const MAX_LISTED = 20;

/** The options of {@linkcode coverageReport}. */
export interface ReportOptions {
  /** The paths of the modules that no process loaded, from the top of the project. */
  readonly unloaded: readonly string[];
  /** Whether it lists all modules, and the lines that did not run. */
  readonly isDetailed: boolean;
}

/**
 * The lines of the report: a table of folders, the modules of which most did not run, and those
 * that no process loaded. Paths of modules start at the top of the project.
 */
export function coverageReport(
  modules: readonly ModuleCoverage[],
  { unloaded, isDetailed }: ReportOptions,
): string[] {
  const folders = Object.entries(Object.groupBy(modules, ({ path }) => topOf(path)))
    .toSorted(([a], [b]) => a < b ? -1 : 1);
  const missed = modules.filter(({ lines }) => lines.ran < lines.all)
    .toSorted((a, b) => b.missed.length - a.missed.length || (a.path < b.path ? -1 : 1));
  const listed = isDetailed ? missed : missed.slice(0, MAX_LISTED);
  return [
    ...table([
      ["folder", "modules", "lines", "", "branches", ""],
      ...folders.map(([folder, within = []]) => row(folder, within)),
      row("total", modules),
    ]),
    ...listed.length === 0 ? [] : ["", "Most lines that did not run:"],
    ...table(listed.map(({ path, lines, missed }) => [
      path,
      formatNumber(missed.length),
      `of ${formatNumber(lines.all)}`,
    ])).map((line, i) => isDetailed ? `${line}: ${ranges(listed[i]!.missed)}` : line),
    ...unloaded.length === 0
      ? []
      : ["", `${formatCount(unloaded.length, "module")} not loaded by any process:`],
    ...(isDetailed ? unloaded : unloaded.slice(0, MAX_LISTED)).map((path) => `  ${path}`),
  ];
}

/** The folder at the top in which a module is; a module at the top stands for itself. */
function topOf(path: string): string {
  return path.split("/")[0]!; // There is at least one part.
}

function row(name: string, modules: readonly ModuleCoverage[]): string[] {
  const lines = sumOf(modules.map(({ lines }) => lines));
  const branches = sumOf(modules.map(({ branches }) => branches));
  return [
    ...[name, formatNumber(modules.length)],
    ...[percent(lines), counts(lines), percent(branches), counts(branches)],
  ];
}

function percent({ ran, all }: Share): string {
  return all === 0 ? "" : `${(Math.floor(ran / all * 1_000) / 10).toFixed(1)} %`;
}

function counts({ ran, all }: Share): string {
  return `${formatNumber(ran)} of ${formatNumber(all)}`;
}

/** Lays out rows in columns, of which all but the first are aligned to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0));
  return rows.map((cells) =>
    cells.map((cell, i) => i === 0 ? cell.padEnd(width(0)) : cell.padStart(width(i)))
      .join("  ").trimEnd()
  );
}

/** Formats ordered numbers: `1-3, 7`. */
export function ranges(numbers: readonly number[]): string {
  const parts: [from: number, to: number][] = [];
  for (const number of numbers) {
    const last = parts.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts.map(([from, to]) => from === to ? `${from}` : `${from}-${to}`).join(", ");
}
