import { dirname, resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { yieldToEventLoop } from "../../event_loop.ts";
import { SqliteCopy } from "./copy.ts";
import type { GroupCommit } from "./group_commit.ts";
import { databaseError } from "./database_error.ts";

/** The number of notes that may be left for the last step, during which nothing can be posted. */
const LAST_NOTES = 64;

/** The number of rounds that copy newly posted notes, before the last step copies the rest. */
const MAX_ROUNDS = 20;

/** Options of a backup. */
export interface BackupOptions {
  /** Called after each step with the number of copied notes. */
  readonly onProgress?: (notes: number) => void;
  /** Aborts the backup. */
  readonly signal?: AbortSignal;
  /** Waits between two steps. Default: yields to the event loop, so that live traffic is served. */
  readonly yieldBetweenSteps?: () => Promise<void>;
}

/**
 * Copies an open database to a new file while others write to it. The copy has the state of one
 * tick near the end; after that, the file is only flushed to disk.
 *
 * SQLite's own backup would block the event loop until it is done, and reads the pages of deleted
 * rows too. Notes are never changed and are deleted only from the front, so they can be copied a
 * few at a time. All other tables are small, and are copied last.
 *
 * @param path The path of a new file. If the backup fails, no file is left there.
 * @throws {ChatError} `unavailable`, if the file cannot be written or the database cannot be read.
 */
export async function backup(
  db: DatabaseSync,
  groupCommit: GroupCommit,
  path: string,
  options: BackupOptions = {},
): Promise<void> {
  const file = resolve(path); // Absolute, since SQLite treats "file:x" and "" specially.
  using handle = createCopyFile(file, path);
  try {
    await fill(new SqliteCopy(db, groupCommit, file), options);
    await handle.sync();
  } catch (error) {
    await Deno.remove(file);
    throw options.signal?.aborted ? error : databaseError("write", path, error);
  }
}

/** A copy that is deleted when disposed. */
export interface TemporaryCopy extends AsyncDisposable {
  /** The whole copy, positioned at its start. */
  readonly file: Deno.FsFile;
}

/**
 * Like {@linkcode backup}, to a temporary file next to the database's. The file is unlinked as soon
 * as it is open, so that nothing is left even if the process is killed.
 *
 * @param path The path of the database.
 * @throws {ChatError} `unavailable`, if the file cannot be written or the database cannot be read.
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
      stack.defer(() => Deno.remove(name)); // Windows cannot unlink an open file.
    }
    await fill(copy, options);
    const kept = stack.move();
    return { file, [Symbol.asyncDispose]: () => kept.disposeAsync() };
  } catch (error) {
    throw options.signal?.aborted ? error : databaseError("copy", path, error);
  }
}

/** Copies everything and closes the copy. */
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

/** Creates the file. Only its owner may read it, since it contains private notes. */
function createCopyFile(file: string, path: string): Deno.FsFile {
  try {
    return Deno.openSync(file, { read: true, write: true, createNew: true, mode: 0o600 });
  } catch (cause) {
    const missing = `there is no folder "${dirname(path)}"; make it or choose another file`;
    throw databaseError("write", path, cause, { ENOENT: missing });
  }
}
