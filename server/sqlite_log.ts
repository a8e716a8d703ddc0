import { Buffer } from "node:buffer";
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { Appended, Log, ReadLimit, Retention } from "../room/log.ts";
import { type Draft, type Note, toNote } from "../room/note.ts";
import { IdIndex } from "./id_index.ts";
import {
  arrays,
  INSERT_NOTE,
  loaded,
  NOTE_COLUMNS,
  noteOf,
  type NoteRow,
  rowOf,
} from "./note_row.ts";
import type { SqliteTurns } from "./sqlite_turns.ts";

/** Rows fetched at once; a message is 16 KB at most by default, and no turn should take long. */
const CHUNK = 64;

/** Ids read in one turn of the event loop while a log is opened. */
const ID_CHUNK = 5_000;

/** The statements of all logs of one file. */
export interface LogStatements {
  readonly make: StatementSync;
  readonly insert: StatementSync;
  readonly read: StatementSync;
  readonly idAt: StatementSync;
  readonly ids: StatementSync;
  readonly oldest: StatementSync;
  readonly remove: StatementSync;
  readonly update: StatementSync;
}

/** Prepares the statements that the logs of `db` share. */
export function prepareLog(db: DatabaseSync): LogStatements {
  const prepare = (sql: string) => arrays(db.prepare(sql));
  return {
    make: prepare("INSERT INTO rooms (id, name, history) VALUES (?, ?, ?)"),
    insert: prepare(INSERT_NOTE),
    read: prepare(
      `SELECT ${NOTE_COLUMNS} FROM notes
       WHERE room = ? AND seq >= ? ORDER BY seq LIMIT ?`,
    ),
    idAt: prepare("SELECT id FROM notes WHERE room = ? AND seq = ?"),
    ids: prepare("SELECT seq, id FROM notes WHERE room = ? AND seq >= ? ORDER BY seq LIMIT ?"),
    oldest: prepare(
      `SELECT time, octet_length(message) FROM notes
       WHERE room = ? AND seq >= ? ORDER BY seq LIMIT ?`,
    ),
    remove: prepare("DELETE FROM notes WHERE room = ? AND seq < ?"),
    update: prepare("UPDATE rooms SET head = ?, bytes = ? WHERE id = ?"),
  };
}

/** What a log stands at. */
interface Extent {
  readonly head: number;
  readonly first: number;
  /** Bytes of UTF-8 of the messages that are kept. */
  readonly bytes: number;
}

/** A log's row, and where its notes start. */
export interface LogRow extends Extent {
  readonly id: number;
  /** The room, as it is stored. */
  readonly name: SQLInputValue;
  readonly history: string;
  readonly origins: ReadonlyMap<string, number>;
}

/** What the logs of one file have in common. */
export interface SharedByLogs {
  readonly turns: SqliteTurns;
  readonly statements: LogStatements;
  readonly retention: Retention;
}

/** A log in a SQLite file: a row there from its first note on. */
export class SqliteLog implements Log {
  readonly history: string;
  readonly origins: ReadonlyMap<string, number>;
  readonly #id: number;
  readonly #name: SQLInputValue;
  readonly #turns: SqliteTurns;
  readonly #statements: LogStatements;
  readonly #retention: Retention;
  readonly #ids = new IdIndex();
  /** As on disk. */
  #now: Extent;
  /** As it will be when the turn is committed; else the same as `#now`. */
  #next: Extent;

  private constructor(row: LogRow, { turns, statements, retention }: SharedByLogs) {
    this.history = row.history;
    this.origins = row.origins;
    this.#id = row.id;
    this.#name = row.name;
    this.#turns = turns;
    this.#statements = statements;
    this.#retention = retention;
    this.#next = this.#now = row;
  }

  /** Makes the log of `row`, and reads the ids of its notes. */
  static async open(row: LogRow, shared: SharedByLogs): Promise<SqliteLog> {
    const log = new SqliteLog(row, shared);
    await log.#readIds();
    return log;
  }

  get head(): number {
    return this.#now.head;
  }

  get first(): number {
    return this.#now.first;
  }

  append(drafts: readonly Draft[], now: number): Promise<Appended> {
    return this.#turns.write(() => {
      const seqs: number[] = [];
      const notes: Note[] = [];
      let { head, bytes } = this.#next;
      const { first } = this.#next;
      if (head === 0) this.#statements.make.run(this.#id, this.#name, this.history);
      for (const draft of drafts) {
        const { id, message } = draft;
        let seq = id === "" ? undefined : this.#find(id, first);
        if (seq === undefined) {
          seq = ++head;
          const note = toNote(draft, seq, now);
          this.#statements.insert.run(...rowOf({ ...note, id }, this.#id));
          if (id !== "") this.#ids.add(id, seq, first);
          bytes += Buffer.byteLength(message);
          notes.push(note);
        }
        seqs.push(seq);
      }
      if (notes.length > 0) this.#write({ head, first, bytes });
      return { seqs, notes };
    }, (committed) => this.#settle(committed));
  }

  // deno-lint-ignore require-await -- so that what it throws is a rejection
  async read(from: number, limit: ReadLimit): Promise<Note[]> {
    return this.#turns.read(() => {
      const notes: Note[] = [];
      let chars = 0;
      let seq = Math.max(from, this.first);
      while (seq <= this.head && notes.length < limit.notes && chars < limit.chars) {
        const most = Math.min(CHUNK, limit.notes - notes.length);
        const rows = this.#statements.read.all(this.#id, seq, most) as unknown as NoteRow[];
        if (rows.length === 0) throw new Error(`note ${seq} is missing; restore a copy of it`);
        for (const row of rows) {
          const note = noteOf(row);
          notes.push(note);
          seq = note.seq + 1;
          if ((chars += note.message.length) >= limit.chars) break;
        }
      }
      return notes;
    });
  }

  // deno-lint-ignore require-await -- so that what it throws is a rejection
  async trim(now: number, most: number): Promise<number> {
    if (this.#turns.read(() => this.#beyond(now, 1)) === 0) return 0;
    return this.#turns.write(() => {
      const dropped = this.#beyond(now, most);
      const { head, first, bytes } = this.#next;
      const rows = this.#oldest(dropped);
      const left = rows.reduce((left, row) => left - row.bytes, bytes);
      this.#statements.remove.run(this.#id, first + dropped);
      this.#write({ head, first: first + dropped, bytes: left });
      return dropped;
    }, (committed) => this.#settle(committed));
  }

  /** Counts the oldest notes that are beyond retention, up to `most`. */
  #beyond(now: number, most: number): number {
    const { notes, ageMs, bytes } = this.#retention;
    let { first, bytes: left } = this.#next;
    let count = 0;
    for (const row of this.#oldest(most)) {
      const kept = this.#next.head - first + 1;
      if (kept <= notes && left <= bytes && now - row.time < ageMs) break;
      first++;
      left -= row.bytes;
      count++;
    }
    return count;
  }

  #oldest(most: number): { time: number; bytes: number }[] {
    const rows = this.#statements.oldest.all(this.#id, this.#next.first, most);
    return (rows as unknown as number[][]).map(([time = 0, bytes = 0]) => ({ time, bytes }));
  }

  #find(id: string, first: number): number | undefined {
    return this.#ids.find(id, (seq) => {
      if (seq < first) return false;
      const row = this.#statements.idAt.get(this.#id, seq) as unknown as unknown[] | undefined;
      return row !== undefined && row[0] !== null && loaded(row[0]) === id;
    });
  }

  #write(next: Extent): void {
    this.#statements.update.run(next.head, next.bytes, this.#id);
    this.#next = next;
  }

  #settle(committed: boolean): void {
    if (committed) this.#now = this.#next;
    else this.#next = this.#now;
  }

  /** In chunks, as others are served meanwhile. */
  async #readIds(): Promise<void> {
    let from = this.first;
    while (from <= this.head) {
      const rows = this.#turns.read(() => this.#statements.ids.all(this.#id, from, ID_CHUNK));
      for (const [seq, id] of rows as unknown as [number, unknown][]) {
        if (id !== null) this.#ids.add(loaded(id), seq, this.first);
        from = seq + 1;
      }
      if (rows.length < ID_CHUNK) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
