import { DatabaseSync } from "node:sqlite";
import { dirname, resolve } from "node:path";
import { errnoWords, type OwnWords, reasonFor } from "../../../platform/errno.ts";
import { ChatError } from "../../../room/errors.ts";
import schema from "./migrations/001_rooms_and_notes.sql" with { type: "text" };
import schema2 from "./migrations/002_whispers.sql" with { type: "text" };
import schema3 from "./migrations/003_name_owners.sql" with { type: "text" };
import schema4 from "./migrations/004_sanctions.sql" with { type: "text" };
import schema5 from "./migrations/005_copies.sql" with { type: "text" };
import schema6 from "./migrations/006_note_identities.sql" with { type: "text" };
import schema7 from "./migrations/007_name_use.sql" with { type: "text" };
import { checkSchema, runSteps } from "./schema.ts";

/** "chat" in ASCII: tells our files from those of other programs. */
export const APPLICATION_ID = 0x63686174;

/** Step `i` takes a file from version `i` to `i + 1`; an empty file has version 0. */
const MIGRATIONS: readonly string[] = [
  schema,
  schema2,
  schema3,
  schema4,
  schema5,
  schema6,
  schema7,
];

/** The start of every SQLite file. */
const MAGIC = "SQLite format 3\0";
const HEADER_BYTES = 100;
/** Where a file is in WAL mode there is a 2. */
const ROLLBACK = 1;

const NO_ACCESS =
  "it cannot be read and written; make the file and its folder writable or choose another file";

/** What to do with a file beyond opening it. */
export interface OpenOptions {
  /** Whether to make it if there is none. Default true. */
  readonly make?: boolean;
  /**
   * Whether it is only read. A file that was closed is as it was then, and may be one that cannot
   * be written to; that of a killed program, or of an older version, is opened as if it were to be
   * written. Default false.
   */
  readonly readOnly?: boolean;
  /** What to do if another program has it open. Default: stop that one or choose another file. */
  readonly inUse?: string;
}

/** Absolute path → the database last opened there. Locks are the process's, and so is this. */
const opened = new Map<string, DatabaseSync>();

const READ_ONLY =
  "it is on a file system that cannot be written to; copy it to another one or choose another file";

const DISK_FULL = `${errnoWords("ENOSPC")}; free some space, then try again`;

/** Words for errors of the system that say what to do. */
const OWN_WORDS: OwnWords = {
  EACCES: NO_ACCESS,
  ENOSPC: DISK_FULL,
  EPERM: NO_ACCESS,
  EROFS: READ_ONLY,
};

/** SQLite's primary result code of a file that is locked. */
const BUSY = 5;
const IN_USE = "another program has it open";

/** SQLite's primary result code → what is the matter; what to do. */
const REASONS: Readonly<Record<number, string>> = {
  [BUSY]: `${IN_USE}; stop that one or choose another file`,
  8: NO_ACCESS,
  10: "the disk failed or has no room; check it, then try again",
  11: "it is damaged; restore a copy of it or choose another file",
  13: DISK_FULL,
  14: NO_ACCESS,
  26: "it is not a database; choose another file",
};

/** The error for an `action` on `file` that failed: one line that says why, and what to do. */
export function databaseError(
  action: string,
  file: string,
  cause: unknown,
  ownWords?: OwnWords,
): ChatError {
  if (cause instanceof ChatError) return cause;
  const reason = REASONS[sqliteCode(cause)] ??
    reasonFor(cause, { ...OWN_WORDS, ...ownWords }).replace(/\s+/g, " ");
  return new ChatError("unavailable", `Cannot ${action} "${file}": ${reason}`, { cause });
}

function sqliteCode(cause: unknown): number {
  return cause instanceof Error && "errcode" in cause ? Number(cause.errcode) & 0xff : 0;
}

/**
 * Opens the database in `file` for this process alone, or, if it is only read, for readers alone.
 *
 * @param file A path, or `:memory:` for a database that is gone when closed.
 * @throws {ChatError} `unavailable`, if it cannot be used; it has not been touched then.
 */
export function openDatabase(file: string, options: OpenOptions = {}): DatabaseSync {
  const { make = true, readOnly = false, inUse } = options;
  const inMemory = file === ":memory:";
  try {
    const path = inMemory ? file : realPath(file);
    const untouched = !inMemory && prepareFile(file, path, { make, readOnly });
    const db = new DatabaseSync(path, { readOnly: untouched });
    try {
      // Set before the first access, so that the lock is held from there on: two servers on
      // one file would give each position twice.
      queryValue(db, "PRAGMA locking_mode = EXCLUSIVE");
      if (untouched) checkIsOurs(db, file, MIGRATIONS.length);
      else prepare(db, file);
      if (!inMemory) opened.set(path, db);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    if (inUse && sqliteCode(error) === BUSY) throw openError(file, `${IN_USE}; ${inUse}`, error);
    throw databaseError("open", file, error);
  }
}

/**
 * Makes the file at `path` if there is nothing and that is wanted, and returns whether it can be
 * read as it is, with nothing written.
 */
function prepareFile(
  file: string,
  path: string,
  { make, readOnly }: { readonly make: boolean; readonly readOnly: boolean },
): boolean {
  if (!hasContent(file, path)) {
    if (!make) throw openError(file, "there is no such file, or nothing in it");
    checkAlone(file, path);
    // SQLite would let everybody read it, whispers too; what it makes beside it is like it.
    Deno.openSync(path, { write: true, create: true, mode: 0o600 }).close();
    return false;
  }
  const { isNewest, isRollback } = inspectFile(file, path);
  if (isRollback) checkAlone(file, path);
  const isWhole = stat(`${path}-journal`) === undefined; // Else it is to be mended first.
  if (readOnly && isNewest && isRollback && isWhole) return true;
  Deno.openSync(path, { write: true }).close(); // Proves that it may be.
  return false;
}

/**
 * Refuses a file with a WAL beside it that is not its own: SQLite would write what is in it over
 * the file. An empty file has none, nor has one in rollback mode.
 */
function checkAlone(file: string, path: string): void {
  if (!stat(`${path}-wal`)?.size) return;
  const where = resolve(file) === path ? file : path; // Beside what a link leads to.
  const reason =
    `"${where}-wal" beside it belongs to another file; move it and "${where}-shm" away`;
  throw openError(file, reason);
}

/**
 * Closes a database, and leaves it as one file, out of WAL mode: only one that is in use, or was
 * when its program was killed, has a WAL of its own, so that any other WAL is known for foreign.
 */
export function closeDatabase(db: DatabaseSync): void {
  try {
    queryValue(db, "PRAGMA journal_mode = DELETE");
  } catch {
    // Where there is no room for that, the WAL stays, and has everything.
  }
  db.close();
}

/** Makes it one to be written to. */
function prepare(db: DatabaseSync, file: string): void {
  queryValue(db, "PRAGMA synchronous = FULL");
  queryValue(db, "PRAGMA cache_size = -8000");
  migrate(db, file);
  queryValue(db, "PRAGMA journal_mode = WAL");
}

/** Runs a statement and returns its first value; not by `exec()`, whose errors have no code. */
export function queryValue(db: DatabaseSync, sql: string): unknown {
  return Object.values(db.prepare(sql).get() ?? {})[0];
}

/**
 * Where a file is: the files beside it are beside what a link leads to. Absolute: "file:x" and ""
 * mean other things to SQLite.
 */
function realPath(file: string): string {
  const path = resolve(file);
  if (stat(path)) return Deno.realPathSync(path);
  if (!isLink(path)) return path;
  throw openError(file, `it is a link to "${Deno.readLinkSync(path)}", which is not there`);
}

/** Returns whether there is something at `path`, which then is a file with something in it. */
function hasContent(file: string, path: string): boolean {
  const info = stat(path);
  if (!info) {
    if (stat(dirname(path))?.isDirectory) return false;
    throw openError(file, `there is no folder "${dirname(file)}"; make it or choose another file`);
  }
  if (info.isDirectory) throw openError(file, "it is a folder; choose a file in it");
  if (!info.isFile) throw openError(file, "it is not a regular file; choose another file");
  return info.size > 0;
}

function stat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** What the first bytes of a file say of it. */
interface Inspected {
  /** Whether it has the newest version. */
  readonly isNewest: boolean;
  /**
   * Whether it is in rollback mode, as a copy, and what was closed: all others are in WAL mode, in
   * which SQLite writes to read.
   */
  readonly isRollback: boolean;
}

/**
 * Refuses a file that is not ours before SQLite could write to it: SQLite would finish or
 * undo an interrupted transaction of another program.
 */
function inspectFile(file: string, path: string): Inspected {
  // Closing any handle on a file drops all locks that the process has on it.
  if (opened.get(path)?.isOpen) {
    throw openError(file, "this program has it open already; close it or choose another file");
  }
  const header = new DataView(new ArrayBuffer(HEADER_BYTES));
  const bytes = new Uint8Array(header.buffer);
  {
    using handle = Deno.openSync(path);
    handle.readSync(bytes);
  }
  if (new TextDecoder().decode(bytes.subarray(0, MAGIC.length)) !== MAGIC) {
    throw openError(file, "it is not a database; choose another file");
  }
  if (header.getUint32(68) !== APPLICATION_ID) {
    throw openError(file, "it belongs to another program; choose another file");
  }
  const version = header.getUint32(60);
  checkVersion(version, file);
  return { isNewest: version === MIGRATIONS.length, isRollback: bytes[18] === ROLLBACK };
}

function checkVersion(version: number, file: string): void {
  const newest = MIGRATIONS.length;
  if (version <= newest) return;
  const reason =
    `it has version ${version}, newer than ${newest}; use a newer chat or another file`;
  throw openError(file, reason);
}

/** Brings the file to the newest version, in one transaction that also proves it writable. */
function migrate(db: DatabaseSync, file: string): void {
  queryValue(db, "BEGIN EXCLUSIVE");
  const from = Number(queryValue(db, "PRAGMA user_version"));
  checkVersion(from, file);
  if (from === 0 && queryValue(db, "SELECT count(*) FROM sqlite_schema") !== 0) {
    throw openError(file, "it belongs to another program; choose another file");
  }
  if (from > 0) checkIsOurs(db, file, from);
  runSteps(db, MIGRATIONS.slice(from));
  if (from < MIGRATIONS.length) {
    queryValue(db, `PRAGMA application_id = ${APPLICATION_ID}`);
    queryValue(db, `PRAGMA user_version = ${MIGRATIONS.length}`);
  }
  queryValue(db, "COMMIT");
  // The file itself says its version then, to who looks at it without the WAL beside it.
  if (from < MIGRATIONS.length) queryValue(db, "PRAGMA wal_checkpoint(TRUNCATE)");
}

/** Refuses a file that has more in it, or less, than our tables. */
function checkIsOurs(db: DatabaseSync, file: string, version: number): void {
  const wrong = checkSchema(db, MIGRATIONS.slice(0, version));
  if (wrong) throw openError(file, `${wrong}; restore a copy of it or choose another file`);
}

function openError(file: string, reason: string, cause?: unknown): ChatError {
  return new ChatError("unavailable", `Cannot open "${file}": ${reason}`, { cause });
}
