/** How many files the server opens besides its connections, at most. */
const SPARE_FILES = 64;

/** What says that no more files can be opened. */
const EXHAUSTED: readonly unknown[] = ["EMFILE", "ENFILE"];

/**
 * How many of `wanted` connections this process may have open files for, besides those that it
 * needs itself; `wanted`, if that cannot be found out. It tries: to read its limit takes more
 * permissions than a server has.
 */
export function affordable(wanted: number): number {
  const files: Disposable[] = [];
  try {
    while (files.length < wanted + SPARE_FILES) files.push(Deno.openSync("/dev/null"));
    return wanted;
  } catch (error) {
    if (!EXHAUSTED.includes((error as { readonly code?: string }).code)) return wanted;
    return Math.max(1, files.length - SPARE_FILES);
  } finally {
    for (const file of files) file[Symbol.dispose]();
  }
}
