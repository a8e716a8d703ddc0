/** How many files the server opens besides its connections, at most. */
const SPARE_FILES = 64;

/** What says that no more files can be opened. */
const EXHAUSTED: readonly unknown[] = ["EMFILE", "ENFILE"];

/**
 * Returns how many of `wanted` connections, `present` of which there are already, this process may
 * have files for besides those that it needs itself; `wanted`, if that cannot be found out. It
 * opens as many files: reading the limit takes more permissions than a server has.
 */
export function affordableConnections(wanted: number, present: number): number {
  const files: Disposable[] = [];
  try {
    while (present + files.length < wanted + SPARE_FILES) files.push(Deno.openSync("/dev/null"));
    return wanted;
  } catch (error) {
    if (!EXHAUSTED.includes((error as { readonly code?: string }).code)) return wanted;
    return Math.max(1, present + files.length - SPARE_FILES);
  } finally {
    for (const file of files) file[Symbol.dispose]();
  }
}
