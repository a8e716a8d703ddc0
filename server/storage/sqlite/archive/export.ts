import type { DatabaseSync, StatementSync } from "node:sqlite";
import {
  type AccessRecords,
  type NoteRecord,
  type RoomRecord,
  sortAccess,
} from "../../../../room/archive_record.ts";
import { ChatError } from "../../../../room/errors.ts";
import { rowToName, rowToSanction, SELECT_NAMES } from "../access_rows.ts";
import { Identities } from "../identities.ts";
import { FIRST_SEQ, NOTE_COLUMNS, type NoteRow, rowToNote } from "../note_row.ts";
import { isReplica } from "../open.ts";
import { SPELLED_NAME } from "../room_row.ts";
import { rowToTopic, TOPIC_COLUMNS } from "../topic_row.ts";
import { asArrays, decodeText } from "../values.ts";

/** The size of a step: this many notes, or fewer once they have this many UTF-16 units. */
const STEP = { notes: 64, chars: 1_000_000 };

/** A room with the id of its row. */
export interface StoredRoom extends RoomRecord {
  readonly id: number;
}

/** Reads the rooms of a file with everything stored about them, owned names and sanctions. */
export class SqliteExport {
  readonly #db: DatabaseSync;
  readonly #rooms: StatementSync;
  readonly #origins: StatementSync;
  readonly #notes: StatementSync;
  readonly #identities: Identities;

  /** Reads from `db`. Others may write to it between two steps. */
  constructor(db: DatabaseSync) {
    this.#db = db;
    // A replica may have obsolete rooms, which are being deleted.
    const present = isReplica(db) ? "WHERE id IN (SELECT room FROM replicas)" : "";
    this.#rooms = db.prepare(
      `SELECT id, ${SPELLED_NAME} AS name, history, head, ${FIRST_SEQ} AS first, ${TOPIC_COLUMNS}
       FROM rooms LEFT JOIN topics ON topics.room = rooms.id ${present} ORDER BY id`,
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

  /** Returns the rooms, in the order in which they were created. */
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
        ...row.text !== null && { topic: rowToTopic(row) },
      };
    });
  }

  /** Returns the owned names and the sanctions. */
  access(): AccessRecords {
    return sortAccess({
      names: this.#db.prepare(SELECT_NAMES).all().map(rowToName),
      sanctions: this.#db.prepare("SELECT * FROM sanctions").all().map(rowToSanction),
    });
  }

  /**
   * Yields the notes of a room, one step at a time, up to the head the room had when it was read.
   *
   * @throws {ChatError} `unavailable`, if retention has dropped some since, or they are
   * missing.
   */
  *notes({ id, room, first, head }: StoredRoom): Generator<NoteRecord[], void> {
    for (let from = first; from <= head;) {
      const notes: NoteRecord[] = [];
      let chars = 0;
      // The types only know rows as objects: see asArrays().
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
