/** The lines to split into rows, and their output. */
export interface OutputRowsOptions {
  /** Whether all notes are shown with their times. */
  readonly timed: boolean;
  /** The output. Default: standard output. */
  readonly output?: Pick<typeof Deno.stdout, "isTerminal">;
}

/**
 * Returns a function that splits a line for an output into rows. On a terminal it uses
 * `wrapWithIndent()` with the current size, less the columns in front of each row, if there are
 * any; elsewhere it returns the rows that the line has anyway.
 */
export async function outputRows(
  { timed, output = Deno.stdout }: OutputRowsOptions,
): Promise<(line: string, before?: number) => string[]> {
  if (!output.isTerminal()) return (line) => line.split("\n");
  const { wrapWithIndent } = await import("../../client/render/wrap.ts");
  return (line, before = 0) => {
    const columns = columnsNow();
    return columns === undefined
      ? line.split("\n")
      : wrapWithIndent(line, { columns, timed, before });
  };
}

/** Undefined if the terminal is gone, or reports no size. */
function columnsNow(): number | undefined {
  try {
    return Deno.consoleSize().columns || undefined;
  } catch {
    return undefined;
  }
}
