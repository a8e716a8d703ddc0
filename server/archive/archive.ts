/**
 * Reads and writes the rooms of a data file that no server has open, as records.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { ArchiveRecord, NoteRecord, Origin, RoomRecord } from "../../room/archive_record.ts";
import { SqliteExport, type StoredRoom } from "../storage/sqlite/export.ts";
import { type Imported, SqliteImport } from "../storage/sqlite/import.ts";
import { databaseError } from "../storage/sqlite/database_error.ts";
import { closeDatabase, openDatabase } from "../storage/sqlite/open.ts";
import { type ArchiveLine, withLineNumber } from "./read_lines.ts";

export type { Note, NoteKind } from "../../room/note.ts";
export type { ArchiveLine, ArchiveRecord, Imported, NoteRecord, Origin, RoomRecord, StoredRoom };

/** Options for opening a data file. */
export interface ArchiveOptions {
  /** Whether to write, and to create a missing file. */
  readonly write: boolean;
  /** The advice if a server has the file open. */
  readonly inUse: string;
}

/** A data file, locked against servers while open. */
export class Archive implements Disposable {
  readonly #file: string;
  readonly #db: DatabaseSync;
  readonly #export: SqliteExport;

  private constructor(file: string, db: DatabaseSync) {
    this.#file = file;
    this.#db = db;
    this.#export = new SqliteExport(db);
  }

  /**
   * Opens a file. One opened only for reading is not changed, unless a killed program left it to be
   * recovered, or it is of an older version: then it is upgraded.
   *
   * @throws {ChatError} `unavailable`, if it cannot be used.
   */
  static open(file: string, { write, inUse }: ArchiveOptions): Archive {
    // A copy that one of several servers keeps has all notes, but takes none from elsewhere.
    const kind = write ? "own" : "any";
    return new Archive(file, openDatabase(file, { kind, make: write, readOnly: !write, inUse }));
  }

  /**
   * Returns the rooms, in the order in which they were created.
   *
   * @throws {ChatError} `unavailable`, if they cannot be read.
   */
  rooms(): StoredRoom[] {
    return this.#try("read", () => this.#export.rooms());
  }

  /**
   * Yields the notes of a room in order, in batches.
   *
   * @throws {ChatError} `unavailable`, if they cannot be read.
   */
  *notes(room: StoredRoom): Generator<NoteRecord[], void> {
    const notes = this.#export.notes(room);
    while (true) {
      const step = this.#try("read", () => notes.next());
      if (step.done) return;
      yield step.value;
    }
  }

  /**
   * Writes all `records`, or nothing if the iterator throws or a record is refused.
   *
   * @throws {ChatError} `invalid`, naming the line, if a record does not follow from the one before
   * it or its room already has notes; `unavailable`, if they cannot be written.
   */
  async import(
    records: AsyncIterable<ArchiveLine>,
  ): Promise<Imported> {
    using writer = this.#try("write", () => new SqliteImport(this.#db));
    for await (const { line, record } of records) {
      this.#try("write", () => withLineNumber(line, () => writer.write(record)));
    }
    return this.#try("write", () => writer.finish());
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    closeDatabase(this.#db);
  }

  #try<T>(action: string, body: () => T): T {
    try {
      return body();
    } catch (error) {
      throw databaseError(action, this.#file, error);
    }
  }
}
