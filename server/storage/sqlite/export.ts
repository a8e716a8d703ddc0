import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { NoteRecord, RoomRecord } from "../../../room/archive_record.ts";
import { ChatError } from "../../../room/errors.ts";
import { Identities } from "./identities.ts";
import { FIRST_SEQ, NOTE_COLUMNS, type NoteRow, rowToNote } from "./note_row.ts";
import { asArrays, decodeText } from "./values.ts";

/** How much one step reads: so many notes, unless they have so many UTF-16 units before that. */
const STEP = { notes: 64, chars: 1_000_000 };

/** A room, and its number in the file. */
export interface StoredRoom extends RoomRecord {
  /** Its number. */
  readonly id: number;
}

/** Reads the rooms of one file with all that is kept of them. */
export class SqliteExport {
  readonly #rooms: StatementSync;
  readonly #origins: StatementSync;
  readonly #notes: StatementSync;
  readonly #identities: Identities;

  /** Reads from `db`, in which others may write between two steps. */
  constructor(db: DatabaseSync) {
    this.#rooms = db.prepare(
      `SELECT id, name, history, head, ${FIRST_SEQ} AS first FROM rooms ORDER BY id`,
    );
    this.#origins = db.prepare(
      "SELECT history, head FROM origins WHERE room = ? ORDER BY head, history",
    );
    this.#identities = new Identities(db);
    this.#notes = asArrays(db.prepare(
      `SELECT ${NOTE_COLUMNS}, id FROM notes
       WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ${STEP.notes}`,
    ));
  }

  /** The rooms, in the order in which they were made. */
  rooms(): StoredRoom[] {
    return this.#rooms.all().map((row) => {
      const origins = this.#origins.all(row.id!).map(({ history, head }) => ({
        history: String(history),
        head: Number(head),
      }));
      return {
        id: Number(row.id),
        room: decodeText(row.name),
        history: String(row.history),
        first: Number(row.first),
        head: Number(row.head),
        origins,
      };
    });
  }

  /**
   * Reads the notes that a room had when it was read, a step each time.
   *
   * @throws {ChatError} `unavailable`, if retention has dropped some meanwhile, or they are missing.
   */
  *notes({ id, room, first, head }: StoredRoom): Generator<NoteRecord[], void> {
    for (let from = first; from <= head;) {
      const notes: NoteRecord[] = [];
      let chars = 0;
      // Types know rows as objects only: see arrays().
      const rows = this.#notes.iterate(id, from, head) as Iterable<unknown> as Iterable<NoteRow>;
      for (const row of rows) {
        const note = rowToNote(row, this.#identities);
        if (note.seq !== from) break;
        const id = row.at(-1);
        notes.push({ ...note, id: id === null ? "" : decodeText(id) });
        from++;
        if ((chars += note.message.length) >= STEP.chars) break;
      }
      if (notes.length === 0) {
        const what = `Cannot export room "${room}"`;
        throw new ChatError("unavailable", `${what}: note ${from} is no longer there`);
      }
      yield notes;
    }
  }
}
