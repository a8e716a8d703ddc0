/**
 * What is done to a data file that no server has open: its rooms are read from it as records,
 * or written to it.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { ArchiveRecord, NoteRecord, Origin, RoomRecord } from "../../room/archive_record.ts";
import { SqliteExport, type StoredRoom } from "../storage/sqlite/export.ts";
import { type Imported, SqliteImport } from "../storage/sqlite/import.ts";
import { closeDatabase, databaseError, openDatabase } from "../storage/sqlite/open.ts";
import { type ArchiveLine, withLineNumber } from "./read_lines.ts";

export type { Note, NoteKind } from "../../room/note.ts";
export type { ArchiveLine, ArchiveRecord, Imported, NoteRecord, Origin, RoomRecord, StoredRoom };

/** What is to be done with a file. */
export interface ArchiveOptions {
  /** Whether it is written, and made if there is none. */
  readonly write: boolean;
  /** What a person does if a server has it open. */
  readonly inUse: string;
}

/** A data file, which no server can open meanwhile. */
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
   * Opens a file. What is only read is left as it is, unless it is of a killed program.
   *
   * @throws {ChatError} `unavailable`, if it cannot be used.
   */
  static open(file: string, { write, inUse }: ArchiveOptions): Archive {
    return new Archive(file, openDatabase(file, { make: write, readOnly: !write, inUse }));
  }

  /**
   * The rooms in it, in the order in which they were made.
   *
   * @throws {ChatError} `unavailable`, if they cannot be read.
   */
  rooms(): StoredRoom[] {
    return this.#try("read", () => this.#export.rooms());
  }

  /**
   * Reads the notes of a room in their order, some at a time.
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
   * Writes what `records` are, all or, if that throws or one of them does not fit, nothing.
   *
   * @throws {ChatError} `invalid`, naming the line, if one does not belong behind the one before
   * or its room has notes already; `unavailable`, if they cannot be written.
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
