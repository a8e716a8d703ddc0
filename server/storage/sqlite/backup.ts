import { dirname, resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { yieldToEventLoop } from "../../event_loop.ts";
import { SqliteCopy } from "./copy.ts";
import type { GroupCommit } from "./group_commit.ts";
import { databaseError } from "./open.ts";

/** How many notes may be left to be copied at last, when nobody can post in between. */
const LAST_NOTES = 64;

/** How often to go after what was posted meanwhile before that is copied at last, however much. */
const MAX_ROUNDS = 20;

/** What a backup tells and needs. */
export interface BackupOptions {
  /** Called after each step, with how many notes are copied. */
  readonly onProgress?: (notes: number) => void;
  /** Stops it. */
  readonly signal?: AbortSignal;
  /** Waits between two steps. Default: a wait that leaves the event loop to those who talk. */
  readonly yieldBetweenSteps?: () => Promise<void>;
}

/**
 * Copies an open database to a new file while others go on writing: as it is in one turn,
 * behind which the file is only brought to disk.
 *
 * Not by SQLite's own backup, which holds the event loop up until it is done (and reads the
 * pages of what was deleted): notes are never changed and go from the front only, so that they
 * can be copied a few at a time. All other tables are small, and copied at last.
 *
 * @param path Of a file that does not exist. If this fails there is none either.
 * @throws {ChatError} `unavailable`, if it cannot be written or the database not be read.
 */
export async function backup(
  db: DatabaseSync,
  groupCommit: GroupCommit,
  path: string,
  options: BackupOptions = {},
): Promise<void> {
  const file = resolve(path); // Absolute: "file:x" and "" mean other things.
  using handle = createCopyFile(file, path);
  try {
    await fill(new SqliteCopy(db, groupCommit, file), options);
    await handle.sync();
  } catch (error) {
    await Deno.remove(file);
    throw options.signal?.aborted ? error : databaseError("write", path, error);
  }
}

/** A copy that is gone when it is disposed. */
export interface TemporaryCopy extends AsyncDisposable {
  /** All of it, at its start. */
  readonly file: Deno.FsFile;
}

/**
 * Copies it likewise to a file beside that of the database, for a while only. The file loses its
 * name as soon as it is open, so that nothing is left of it even when the process is killed.
 *
 * @param path Of the file of the database.
 * @throws {ChatError} `unavailable`, if it cannot be written or the database not be read.
 */
export async function temporaryBackup(
  db: DatabaseSync,
  groupCommit: GroupCommit,
  path: string,
  options: BackupOptions = {},
): Promise<TemporaryCopy> {
  const name = resolve(`${path}.${crypto.randomUUID()}.copy`);
  await using stack = new AsyncDisposableStack();
  const file = stack.use(createCopyFile(name, `${path}.copy`));
  try {
    const copy = new SqliteCopy(db, groupCommit, name);
    try {
      await Deno.remove(name);
    } catch {
      stack.defer(() => Deno.remove(name)); // Windows keeps the name of a file that is open.
    }
    await fill(copy, options);
    const kept = stack.move();
    return { file, [Symbol.asyncDispose]: () => kept.disposeAsync() };
  } catch (error) {
    throw options.signal?.aborted ? error : databaseError("copy", path, error);
  }
}

/** Copies all that there is, and closes the copy. */
async function fill(
  copying: SqliteCopy,
  { onProgress, signal, yieldBetweenSteps = yieldToEventLoop() }: BackupOptions,
): Promise<void> {
  using copy = copying;
  let rounds = 0;
  do {
    for (const room of copy.rooms()) {
      while (copy.step(room)) {
        onProgress?.(copy.notes);
        await yieldBetweenSteps();
        signal?.throwIfAborted();
      }
    }
  } while (++rounds < MAX_ROUNDS && copy.remaining() > LAST_NOTES);
  copy.finish();
  onProgress?.(copy.notes);
}

/** Makes the file, which nobody else may read: there are whispers in it. */
function createCopyFile(file: string, path: string): Deno.FsFile {
  try {
    return Deno.openSync(file, { read: true, write: true, createNew: true, mode: 0o600 });
  } catch (cause) {
    const missing = `there is no folder "${dirname(path)}"; make it or choose another file`;
    throw databaseError("write", path, cause, { ENOENT: missing });
  }
}
