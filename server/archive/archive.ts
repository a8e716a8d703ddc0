/**
 * Reads and writes the rooms of a data file that no server has open, as records.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type {
  AccessRecords,
  ArchiveRecord,
  NoteRecord,
  Origin,
  RoomRecord,
} from "../../room/archive_record.ts";
import { ChatError } from "../../room/errors.ts";
import { SqliteExport, type StoredRoom } from "../storage/sqlite/archive/export.ts";
import { type Imported, SqliteImport } from "../storage/sqlite/archive/import.ts";
import { databaseError } from "../storage/sqlite/database_error.ts";
import { closeDatabase, isReplica, openDatabase } from "../storage/sqlite/open.ts";
import { type ArchiveLine, withLineNumber } from "./read_lines.ts";

export type { Note, NoteKind } from "../../room/note.ts";
export type {
  AccessRecords,
  ArchiveLine,
  ArchiveRecord,
  Imported,
  NoteRecord,
  Origin,
  RoomRecord,
  StoredRoom,
};

/** What an archive is made of. */
export interface ArchiveSource {
  /**
   * Returns the rooms, in the order in which they were created.
   *
   * @throws {ChatError} `unavailable`, if they cannot be read.
   */
  rooms(): StoredRoom[];
  /**
   * Yields the notes of a room in order, in batches.
   *
   * @throws {ChatError} `unavailable`, if they cannot be read.
   */
  notes(room: StoredRoom): Iterable<NoteRecord[]>;
  /**
   * Returns the owned names and the sanctions, sorted.
   *
   * @throws {ChatError} `unavailable`, if they cannot be read.
   */
  access(): AccessRecords;
}

/** Options for opening a data file. */
export interface ArchiveOptions {
  /** Whether to write, and to create a missing file. */
  readonly write: boolean;
  /** The advice if a server has the file open. */
  readonly inUse: string;
}

/** A data file, locked against servers while open. */
export class Archive implements ArchiveSource, Disposable {
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

  rooms(): StoredRoom[] {
    return this.#try("read", () => this.#export.rooms());
  }

  *notes(room: StoredRoom): Generator<NoteRecord[], void> {
    const notes = this.#export.notes(room);
    while (true) {
      const step = this.#try("read", () => notes.next());
      if (step.done) return;
      yield step.value;
    }
  }

  /** Fails for a copy that one of several servers keeps, which has none. */
  access(): AccessRecords {
    return this.#try("read", () => {
      if (!isReplica(this.#db)) return this.#export.access();
      const words = "is a copy of the notes of several servers, without names and bans";
      throw new ChatError("unavailable", `"${this.#file}" ${words}: use --cluster`);
    });
  }

  /**
   * Writes all `records`, or nothing if the iterator throws or a record is refused.
   *
   * @throws {ChatError} `invalid`, naming the line, if a record does not follow from the one before
   * it, its room already has notes or a topic, or its name belongs to another key; `full`, if there
   * are too many sanctions; `unavailable`, if they cannot be written.
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
