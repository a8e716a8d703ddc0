import { DatabaseSync } from "node:sqlite";
import { dirname, resolve } from "node:path";
import { databaseError, IN_USE, isInUse, openError } from "./database_error.ts";
import schema from "./migrations/001_rooms_and_notes.sql" with { type: "text" };
import schema2 from "./migrations/002_whispers.sql" with { type: "text" };
import schema3 from "./migrations/003_name_owners.sql" with { type: "text" };
import schema4 from "./migrations/004_sanctions.sql" with { type: "text" };
import schema5 from "./migrations/005_copies.sql" with { type: "text" };
import schema6 from "./migrations/006_note_identities.sql" with { type: "text" };
import schema7 from "./migrations/007_name_use.sql" with { type: "text" };
import schema8 from "./migrations/008_room_spellings.sql" with { type: "text" };
import schema9 from "./migrations/009_short_networks.sql" with { type: "text" };
import schema10 from "./migrations/010_topics.sql" with { type: "text" };
import { checkSchema, runSteps } from "./schema.ts";

/**
 * The kinds of our files: of a server of its own, and of one that shares its chat with others, whose
 * truth is elsewhere. Each is useless as the other.
 */
export type FileKind = "own" | "replica";

/** "chat" in ASCII: distinguishes our files from those of other programs. */
export const APPLICATION_ID = 0x63686174;

/** Each kind has its own number ("chat", "chas"), so that older versions refuse a replica, too. */
const APPLICATION_IDS: Readonly<Record<FileKind, number>> = {
  own: APPLICATION_ID,
  replica: 0x63686173,
};

/** Why a file of one kind cannot be used as the other one. */
const WRONG_KIND: Readonly<Record<FileKind, string>> = {
  own: "it belongs to a server without --cluster; " +
    'take its notes over with "chat import --cluster" and choose another file',
  replica: "it is a copy of a chat of several servers; serve it with --cluster, " +
    'print its notes with "chat export", or choose another file',
};

/** Step `i` migrates a file from version `i` to `i + 1`. An empty file has version 0. */
const MIGRATIONS: readonly string[] = [
  schema,
  schema2,
  schema3,
  schema4,
  schema5,
  schema6,
  schema7,
  schema8,
  schema9,
  schema10,
];

/** The start of every SQLite file. */
const MAGIC = "SQLite format 3\0";
const HEADER_BYTES = 100;
/** The header's value for rollback mode. It is 2 in WAL mode. */
const ROLLBACK = 1;

/** Options of {@linkcode openDatabase}. */
export interface OpenOptions {
  /** The kind that the file must be of. Default: `own`. */
  readonly kind?: FileKind | "any";
  /** Whether to create a missing file. Default true. */
  readonly make?: boolean;
  /**
   * Whether to only read. A cleanly closed file is not changed then, and may be read-only. The file
   * of a killed program or of an older version is opened for writing all the same. Default false.
   */
  readonly readOnly?: boolean;
  /**
   * The advice if another program has the file open. Default: stop that one or choose another file.
   */
  readonly inUse?: string;
}

/** Absolute path → the database last opened there. Per process, as file locks are. */
const opened = new Map<string, DatabaseSync>();

/**
 * Opens the database in `file` for this process alone, or, if it only reads, for readers alone.
 *
 * @param file A path, or `:memory:` for a database that is lost when closed.
 * @throws {ChatError} `unavailable`, if it cannot be used; then the file is unchanged.
 */
export function openDatabase(file: string, options: OpenOptions = {}): DatabaseSync {
  const { kind = "own", make = true, readOnly = false, inUse } = options;
  const inMemory = file === ":memory:";
  try {
    const path = inMemory ? file : realPath(file);
    const untouched = !inMemory && prepareFile(file, path, { kind, make, readOnly });
    const db = new DatabaseSync(path, { readOnly: untouched });
    try {
      // Set before the first access, so that the lock applies from there on: two servers on one
      // file would assign each position twice.
      queryValue(db, "PRAGMA locking_mode = EXCLUSIVE");
      if (untouched) checkIsOurs(db, file, MIGRATIONS.length);
      else prepare(db, file, kind);
      if (!inMemory) opened.set(path, db);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    if (inUse && isInUse(error)) throw openError(file, `${IN_USE}; ${inUse}`, error);
    throw databaseError("open", file, error);
  }
}

/**
 * Creates the file at `path` if it is missing and `make` is set. Returns whether the file can be
 * read without writing.
 */
function prepareFile(
  file: string,
  path: string,
  { kind, make, readOnly }: Required<Omit<OpenOptions, "inUse">>,
): boolean {
  if (!hasContent(file, path)) {
    if (!make) throw openError(file, "there is no such file, or nothing in it");
    checkAlone(file, path);
    // SQLite would make it readable to everyone, private notes included. SQLite's own files get its
    // mode.
    Deno.openSync(path, { write: true, create: true, mode: 0o600 }).close();
    return false;
  }
  const { isNewest, isRollback } = inspectFile(file, path, kind);
  if (isRollback) checkAlone(file, path);
  const isWhole = stat(`${path}-journal`) === undefined; // Otherwise it needs recovery first.
  if (readOnly && isNewest && isRollback && isWhole) return true;
  Deno.openSync(path, { write: true }).close(); // Proves write access.
  return false;
}

/**
 * Refuses a file with a foreign WAL next to it: SQLite would write its content over the file. An
 * empty file has no WAL of its own, nor has one in rollback mode.
 */
function checkAlone(file: string, path: string): void {
  if (!stat(`${path}-wal`)?.size) return;
  const where = resolve(file) === path ? file : path; // Next to the target of a link.
  const reason =
    `"${where}-wal" beside it belongs to another file; move it and "${where}-shm" away`;
  throw openError(file, reason);
}

/**
 * Closes a database in rollback mode, as a single file. Only a file in use, or left by a killed
 * program, then has a WAL of its own, so any other WAL is known to be foreign.
 */
export function closeDatabase(db: DatabaseSync): void {
  try {
    queryValue(db, "PRAGMA journal_mode = DELETE");
  } catch {
    // If there is no space for that, the WAL stays, with all data.
  }
  db.close();
}

/** Prepares a database for writing. */
function prepare(db: DatabaseSync, file: string, kind: FileKind | "any"): void {
  queryValue(db, "PRAGMA synchronous = FULL");
  // On macOS a plain fsync() leaves data in the cache of the disk. Other systems ignore these two.
  queryValue(db, "PRAGMA fullfsync = TRUE");
  queryValue(db, "PRAGMA checkpoint_fullfsync = TRUE");
  queryValue(db, "PRAGMA cache_size = -8000");
  migrate(db, file, kind);
  queryValue(db, "PRAGMA journal_mode = WAL");
}

/** Runs a statement and returns its first value. Unlike with `exec()`, its errors have a code. */
export function queryValue(db: DatabaseSync, sql: string): unknown {
  return Object.values(db.prepare(sql).get() ?? {})[0];
}

/**
 * Resolves links, since SQLite's own files are next to a link's target. Absolute, since SQLite
 * treats "file:x" and "" specially.
 */
function realPath(file: string): string {
  const path = resolve(file);
  if (stat(path)) return Deno.realPathSync(path);
  if (!isLink(path)) return path;
  throw openError(file, `it is a link to "${Deno.readLinkSync(path)}", which is not there`);
}

/** Returns whether there is a file at `path` that is not empty. */
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

/** The facts in a file's header. */
interface Inspected {
  /** Whether it has the newest version. */
  readonly isNewest: boolean;
  /**
   * Whether it is in rollback mode, like a copy or a closed file. In WAL mode, even reading would
   * write.
   */
  readonly isRollback: boolean;
}

/**
 * Refuses a foreign file before SQLite could write to it: SQLite would finish or roll back an
 * interrupted transaction of another program.
 */
function inspectFile(file: string, path: string, kind: FileKind | "any"): Inspected {
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
  const id = header.getUint32(68);
  const [found] = Object.entries(APPLICATION_IDS).find(([, its]) => its === id) ?? [];
  if (!found) throw openError(file, "it belongs to another program; choose another file");
  if (kind !== "any" && found !== kind) throw openError(file, WRONG_KIND[found as FileKind]);
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

/** Migrates the file to the newest version, in one transaction that also proves it writable. */
function migrate(db: DatabaseSync, file: string, kind: FileKind | "any"): void {
  queryValue(db, "BEGIN EXCLUSIVE");
  const from = Number(queryValue(db, "PRAGMA user_version"));
  checkVersion(from, file);
  if (from === 0 && queryValue(db, "SELECT count(*) FROM sqlite_schema") !== 0) {
    throw openError(file, "it belongs to another program; choose another file");
  }
  if (from > 0) checkIsOurs(db, file, from);
  runSteps(db, MIGRATIONS.slice(from));
  if (from === 0 && kind !== "any") {
    queryValue(db, `PRAGMA application_id = ${APPLICATION_IDS[kind]}`);
  }
  if (from < MIGRATIONS.length) {
    queryValue(db, `PRAGMA user_version = ${MIGRATIONS.length}`);
  }
  queryValue(db, "COMMIT");
  // The file itself then has the new version, for a reader that ignores the WAL.
  if (from < MIGRATIONS.length) queryValue(db, "PRAGMA wal_checkpoint(TRUNCATE)");
}

/** Refuses a file whose tables are not ours. */
function checkIsOurs(db: DatabaseSync, file: string, version: number): void {
  const wrong = checkSchema(db, MIGRATIONS.slice(0, version));
  if (wrong) throw openError(file, `${wrong}; restore a copy of it or choose another file`);
}

/** Whether a database is that of a server that shares its chat with others. */
export function isReplica(db: DatabaseSync): boolean {
  return queryValue(db, "PRAGMA application_id") === APPLICATION_IDS.replica;
}
