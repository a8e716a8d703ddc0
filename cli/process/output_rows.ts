/**
 * Returns a function that splits a line for standard output into rows. On a terminal it uses
 * `wrapWithIndent()` with the current size; elsewhere it returns the line unchanged.
 */
export async function outputRows(
  { timed }: { readonly timed: boolean },
): Promise<(line: string) => string[]> {
  if (!Deno.stdout.isTerminal()) return (line) => [line];
  const { wrapWithIndent } = await import("../../client/render/wrap.ts");
  return (line) => {
    const columns = columnsNow();
    return columns === undefined ? [line] : wrapWithIndent(line, { columns, timed });
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
