import type { EventLog } from "./event_log.ts";

/** The mode bits that let everyone on a machine read a file, and write to it. */
const READ = 0o004;
const WRITE = 0o002;

/**
 * Logs a warning for each file with secrets that everyone on this machine may read or change.
 * The server still uses them, as a folder above may keep others out.
 */
export async function warnOfExposedFiles(
  files: readonly (string | undefined)[],
  log: EventLog,
): Promise<void> {
  for (const file of files) {
    if (file === undefined) continue;
    const mode = await fileMode(file);
    const may = [mode & READ ? "read" : "", mode & WRITE ? "change" : ""].filter(Boolean);
    if (may.length === 0) continue;
    const reason = `everybody on this machine may ${may.join(" and ")} it: chmod 600 ${file}`;
    log.add("warn", "open", { file, mode: mode.toString(8), reason });
  }
}

/** The permissions of a file; 0 if there is no file, or no such permissions on this system. */
async function fileMode(file: string): Promise<number> {
  if (Deno.build.os === "windows") return 0;
  const info = await Deno.stat(file).catch(() => undefined);
  return (info?.mode ?? 0) & 0o777;
}
