import type { DatabaseSync } from "node:sqlite";
import { resolve } from "node:path";
import { ChatError } from "../../../room/errors.ts";
import { closeDatabase, queryValue } from "./open.ts";

/** How much of a file tells it from another one: SQLite's header, which changes as the file grows. */
const HEADER_BYTES = 100;

/** What has become of a file. */
type FileState = "kept" | "gone" | "replaced" | "written";

/** What a person reads who wants to write to it. */
const REASONS: Readonly<Record<FileState, string | undefined>> = {
  kept: undefined,
  gone: "it is gone; put it back, or restart the server",
  replaced: "another file is in its place; restart the server to serve that one",
  written: "another program has written to it; restart the server",
};

/**
 * Knows whether the file of an open database is still the one under its name, and whether
 * somebody else has written to it. SQLite notices neither, and goes on in a file without a name:
 * what it acknowledges then is gone with the process.
 */
export class DataFile {
  readonly #db: DatabaseSync;
  readonly #name: string;
  /** Where a person finds it; perhaps by a link. */
  readonly #path: string;
  /** The file beside it that has the newest notes. */
  readonly #walPath: string;
  readonly #wal: Deno.FileInfo | undefined;
  #lacksWal = false;
  /** Kept open, as closing any handle on a file drops the locks that the process has on it. */
  readonly #handle: Deno.FsFile;
  /** The file as the database has left it. */
  #known: Deno.FileInfo;
  #header: Uint8Array;

  /**
   * Takes over a database that has just been opened.
   *
   * @param name What its file was called then.
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
   * Checks that what is written now will be found again. It takes one look at the folder, so that
   * each transaction can ask.
   *
   * @throws {ChatError} `unavailable`, if not.
   */
  check(): void {
    const reason = REASONS[this.#state()] ??
      (this.#lacksWal ? `"${this.#walPath}" is gone; restart the server` : undefined);
    if (!reason) return;
    throw new ChatError("unavailable", `Cannot write "${this.#name}": ${reason}`);
  }

  /** Takes it that the database has written, and nobody else since {@linkcode check}. */
  markWritten(): void {
    const info = stat(this.#path);
    if (!info || !isSame(info, this.#known) || !isWritten(info, this.#known)) return;
    this.#known = info;
    this.#header = this.#readHeader();
  }

  /**
   * Checks that, and looks for the WAL besides. What is in one that nobody finds any more is
   * brought to the file.
   *
   * @throws {ChatError} `unavailable`, if not all is there.
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
   * Closes the database, and lets go of the file. Where another file has taken its place, the WAL
   * gets out of the way: SQLite would write what is in it over that one. Where there is none, the
   * WAL is emptied into the file, wherever that is now: the next one under the name is a new file.
   */
  close(): void {
    const fate = this.#state();
    const isOther = fate === "replaced" || fate === "written";
    if (isOther && this.#hasWal()) {
      Deno.renameSync(this.#walPath, `${this.#walPath}.${crypto.randomUUID()}.old`);
    }
    if (fate === "gone") queryValue(this.#db, "PRAGMA wal_checkpoint(TRUNCATE)");
    if (fate === "written") return; // As said: it stays open until the process ends.
    if (fate === "kept") closeDatabase(this.#db);
    else this.#db.close(); // SQLite leaves all as it is where the file has no name.
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

/** Whether both are the same file. Where files have no numbers, one that is open cannot be replaced. */
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
    return undefined; // Whatever the reason, nobody finds it there.
  }
}
