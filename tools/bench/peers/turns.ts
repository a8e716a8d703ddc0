import { standardOutput } from "../../../cli/framework/output.ts";
import { type CoreUse, formatValue, meanUse, type Measurement } from "../support/measurement.ts";
import type { Found } from "./servers.ts";
import type { MeasuredServer } from "../support/server.ts";
import type { LoadResult } from "./load.ts";

/** A figure that the load reports, and the table that it belongs to. */
export interface Figure {
  /** Its name in the result of the load. */
  readonly key: string;
  readonly table: string;
  readonly unit: string;
}

/** What is measured of one server under one load. */
export interface Contest {
  /** The server, as the row of the tables. */
  readonly row: string;
  /** The load, as the column of the tables. */
  readonly column: string;
  /** The figures that the load reports of it, at least one. */
  readonly figures: readonly [Figure, ...Figure[]];
  readonly server: Found;
  /** Why this server cannot take this load. */
  readonly impossible?: string | undefined;
  /** Puts the load on the server. */
  readonly measure: (server: MeasuredServer) => Promise<LoadResult>;
}

/**
 * Measures by turns: each turn starts the server of each contest anew, one after the other, so that
 * a machine that slows down affects all of them. A server of others that fails is left out from
 * then on, and the table says why.
 */
export async function byTurns(contests: readonly Contest[], turns: number): Promise<Measurement[]> {
  const results = new Map<Contest, LoadResult[]>();
  const failures = new Map<Contest, string>();
  for (let turn = 1; turn <= turns; turn++) {
    standardOutput.report(`turn ${turn} of ${turns}`);
    for (const contest of contests) {
      const { server, impossible } = contest;
      if (impossible !== undefined || "missing" in server || failures.has(contest)) continue;
      try {
        await using running = await server.start();
        const result = await contest.measure(running);
        results.set(contest, [...results.get(contest) ?? [], result]);
        standardOutput.report(progress(contest, result));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const name = `${contest.figures[0].table}, ${contest.column}, ${contest.row}`;
        if (isOurs(contest.row)) throw new Error(`${name}: ${reason}`, { cause: error });
        standardOutput.report(`${name}: ${reason}`);
        failures.set(contest, reason);
      }
    }
  }
  return contests.flatMap((contest) =>
    measurements(contest, results.get(contest) ?? [], failures.get(contest))
  );
}

/** A line that says what has just been measured. */
function progress({ row, column, figures }: Contest, result: LoadResult): string {
  const [{ key, table, unit }] = figures;
  return `${table}, ${column}, ${row}: ${formatValue(result[key]!)} ${unit}`;
}

/** Whether a row is about this chat. */
export function isOurs(row: string): boolean {
  return row.startsWith(OURS);
}

/** The first word of the rows that are about this chat. */
export const OURS = "chat";

function measurements(
  { row, column, figures, server, impossible }: Contest,
  results: readonly LoadResult[],
  failure: string | undefined,
): Measurement[] {
  const reason = "missing" in server ? server.missing : failure;
  const missing = impossible !== undefined
    ? `not possible: ${impossible}`
    : reason !== undefined
    ? `not measured: ${reason}`
    : undefined;
  const cores = results.map(({ cores }) => cores).filter((use): use is CoreUse =>
    use !== undefined
  );
  return figures.map(({ key, table, unit }, i): Measurement => ({
    name: `${table}, ${column}, ${row}`,
    cell: { table, column, row },
    // The processor time of a short run may be too little to be counted.
    runs: missing === undefined
      ? results.map((result) => result[key]).filter((value) => value !== undefined)
      : [],
    unit,
    ...missing !== undefined && { beside: missing },
    ...i === 0 && cores.length > 0 && { cores: meanUse(cores) }, // The same for all figures of a run.
  }));
}
