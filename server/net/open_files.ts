import { type Errno, errnoOf } from "../../platform/errno.ts";

/** The most files that the server opens besides its connections. */
const SPARE_FILES = 64;

/** Error codes that mean no more files can be opened. */
const EXHAUSTED: readonly (Errno | undefined)[] = ["EMFILE", "ENFILE"];

/**
 * Returns how many of `wanted` connections the open-files limit allows, given `present` open ones
 * and the files that the server itself needs. Returns `wanted` if that cannot be determined. It
 * probes by opening files: reading the limit takes more permissions than a server has.
 */
export function affordableConnections(wanted: number, present: number): number {
  const files: Disposable[] = [];
  try {
    while (present + files.length < wanted + SPARE_FILES) files.push(Deno.openSync("/dev/null"));
    return wanted;
  } catch (error) {
    if (!EXHAUSTED.includes(errnoOf(error))) return wanted;
    return Math.max(1, present + files.length - SPARE_FILES);
  } finally {
    for (const file of files) file[Symbol.dispose]();
  }
}
