import type { DatabaseSync } from "node:sqlite";
import { resolve } from "node:path";
import { ChatError } from "../../../room/errors.ts";
import { closeDatabase, queryValue } from "./open.ts";

/**
 * The length of SQLite's header, in bytes. It changes as the file grows, so it identifies a state
 * of the file.
 */
const HEADER_BYTES = 100;

/** The state of the file. */
type FileState = "kept" | "gone" | "replaced" | "written";

/** The reason for which a write is refused. */
const REASONS: Readonly<Record<FileState, string | undefined>> = {
  kept: undefined,
  gone: "it is gone; put it back, or restart the server",
  replaced: "another file is in its place; restart the server to serve that one",
  written: "another program has written to it; restart the server",
};

/**
 * Detects whether the file of an open database is still at its path, and whether another program
 * has written to it. SQLite notices neither, and would keep writing to an unlinked file: notes
 * acknowledged then would be lost with the process.
 */
export class DataFile {
  readonly #db: DatabaseSync;
  readonly #name: string;
  /** Its path, which may be a link. */
  readonly #path: string;
  /** The WAL file, which has the newest notes. */
  readonly #walPath: string;
  readonly #wal: Deno.FileInfo | undefined;
  #lacksWal = false;
  /** Kept open, as closing any handle on a file drops the locks that the process has on it. */
  readonly #handle: Deno.FsFile;
  /** The file as the database last left it. */
  #known: Deno.FileInfo;
  #header: Uint8Array;

  /**
   * Watches the file of a database that has just been opened.
   *
   * @param name The file's name as it was given.
   */
  constructor(db: DatabaseSync, name: string) {
    this.#db = db;
    this.#name = name;
    this.#path = resolve(name);
    this.#walPath = `${db.location()}-wal`;
    this.#wal = stat(this.#walPath);
    this.#handle = Deno.openSync(this.#path);
    this.#known = Deno.statSync(this.#path);
    this.#header = this.#readHeader();
  }

  /**
   * Checks that data written now will be found again. It costs a single `stat`, so that each
   * transaction can check.
   *
   * @throws {ChatError} `unavailable`, if it will not.
   */
  check(): void {
    const reason = REASONS[this.#state()] ??
      (this.#lacksWal ? `"${this.#walPath}" is gone; restart the server` : undefined);
    if (!reason) return;
    throw new ChatError("unavailable", `Cannot write "${this.#name}": ${reason}`);
  }

  /**
   * Accepts a change to the file as the database's own. No other program has written to it since
   * {@linkcode check}.
   */
  markWritten(): void {
    const info = stat(this.#path);
    if (!info || !isSame(info, this.#known) || !isWritten(info, this.#known)) return;
    this.#known = info;
    this.#header = this.#readHeader();
  }

  /**
   * Like {@linkcode check}, and also checks the WAL. If the WAL has lost its name, its content is
   * written to the file.
   *
   * @throws {ChatError} `unavailable`, if a file is missing.
   */
  checkWithWal(): void {
    this.check();
    this.#lacksWal = !this.#hasWal();
    if (!this.#lacksWal) return;
    queryValue(this.#db, "PRAGMA wal_checkpoint");
    this.markWritten();
    this.check();
  }

  /**
   * Closes the database and the file. If another file is in its place, the WAL is moved away:
   * SQLite would write its content over that file. If the path is empty, the WAL is written to the
   * file, wherever that is now: the next file at the path will be a new one.
   */
  close(): void {
    const fate = this.#state();
    const isOther = fate === "replaced" || fate === "written";
    if (isOther && this.#hasWal()) {
      Deno.renameSync(this.#walPath, `${this.#walPath}.${crypto.randomUUID()}.old`);
    }
    if (fate === "gone") queryValue(this.#db, "PRAGMA wal_checkpoint(TRUNCATE)");
    if (fate === "written") return; // Left open until the process ends, as closing would write.
    if (fate === "kept") closeDatabase(this.#db);
    else this.#db.close(); // SQLite changes nothing if the file has lost its name.
    this.#handle.close();
  }

  #hasWal(): boolean {
    return !this.#wal || isSame(stat(this.#walPath), this.#wal);
  }

  #state(): FileState {
    const info = stat(this.#path);
    if (!info) return "gone";
    if (!isSame(info, this.#known)) return "replaced";
    if (!isWritten(info, this.#known) || isEqual(this.#header, this.#readHeader())) return "kept";
    return "written";
  }

  #readHeader(): Uint8Array {
    const bytes = new Uint8Array(HEADER_BYTES);
    this.#handle.seekSync(0, Deno.SeekMode.Start);
    this.#handle.readSync(bytes);
    return bytes;
  }
}

/**
 * Whether both are the same file. On systems without inode numbers, an open file cannot be
 * replaced.
 */
function isSame(a: Deno.FileInfo | undefined, b: Deno.FileInfo): boolean {
  return a !== undefined && a.ino === b.ino && a.dev === b.dev;
}

function isWritten(a: Deno.FileInfo, b: Deno.FileInfo): boolean {
  return a.mtime?.getTime() !== b.mtime?.getTime() || a.size !== b.size;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, i) => byte === b[i]);
}

function stat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined; // Whatever the reason, the file cannot be found there.
  }
}
