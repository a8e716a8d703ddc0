/**
 * Returns what makes rows of a line that goes to standard output: on a terminal by
 * `wrapWithIndent()` for its size as of now, and elsewhere the line as it is.
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

/** Undefined if the terminal is gone, or does not say. */
function columnsNow(): number | undefined {
  try {
    return Deno.consoleSize().columns || undefined;
  } catch {
    return undefined;
  }
}
