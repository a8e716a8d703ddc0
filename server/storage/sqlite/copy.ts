import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { GroupCommit } from "./group_commit.ts";
import { APPLICATION_ID, queryValue } from "./open.ts";
import { asArrays } from "./values.ts";

/** The size of a step: this many notes, or fewer once they have this many UTF-16 units. */
const STEP = { notes: 64, chars: 250_000 };

/** A room and its extent. */
export interface RoomExtent {
  /** The id of its row. */
  readonly id: number;
  /** The position of its newest note. */
  readonly head: number;
}

type Row = SQLInputValue[];

/** A copy of a database in progress. */
export class SqliteCopy implements Disposable {
  readonly #groupCommit: GroupCommit;
  readonly #from: DatabaseSync;
  readonly #to: DatabaseSync;
  readonly #rooms: StatementSync;
  readonly #read: StatementSync;
  readonly #insert: StatementSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  /** Room id → the position of the next note to copy. */
  readonly #next = new Map<number, number>();
  /** The number of copied notes. */
  notes = 0;

  /** Starts to copy `from`, which stays in use, to the empty file `file`. */
  constructor(from: DatabaseSync, groupCommit: GroupCommit, file: string) {
    this.#from = from;
    this.#groupCommit = groupCommit;
    this.#rooms = from.prepare("SELECT id, head FROM rooms");
    this.#read = asArrays(from.prepare(
      `SELECT notes.*, seq, length(message) FROM notes
       WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ${STEP.notes}`,
    ));
    // The rooms are inserted after their notes.
    this.#to = new DatabaseSync(file, { enableForeignKeyConstraints: false });
    // Nothing reads this file until it is complete and flushed to disk. The lock is permanent
    // because the file may lose its name once open, and SQLite would look for it again.
    queryValue(this.#to, "PRAGMA locking_mode = EXCLUSIVE");
    queryValue(this.#to, "PRAGMA journal_mode = MEMORY");
    queryValue(this.#to, "PRAGMA synchronous = OFF");
    for (const { sql } of this.#schema()) queryValue(this.#to, sql);
    this.#begin = this.#to.prepare("BEGIN");
    this.#commit = this.#to.prepare("COMMIT");
    this.#insert = insertInto(this.#to, "notes", from.prepare("SELECT * FROM notes"));
  }

  /** The most notes left to copy. */
  remaining(): number {
    return this.rooms().reduce((sum, { id, head }) => sum + head + 1 - this.#nextSeq(id), 0);
  }

  /** The rooms that may have notes left to copy. */
  rooms(): RoomExtent[] {
    const rows = this.#groupCommit.read(() => this.#rooms.all());
    return rows.map(({ id, head }) => ({ id: Number(id), head: Number(head) }))
      .filter(({ id, head }) => this.#nextSeq(id) <= head);
  }

  /** Copies some notes of a room up to its `head`. Returns false if there are none left. */
  step({ id, head }: RoomExtent): boolean {
    const rows: Row[] = [];
    let next = this.#nextSeq(id);
    let chars = 0;
    this.#groupCommit.read(() => {
      for (const row of this.#read.iterate(id, next, head)) {
        // The types only know rows as objects: see asArrays().
        const values = row as unknown as Row;
        chars += Number(values.pop());
        next = Number(values.pop()) + 1;
        rows.push(values);
        if (chars >= STEP.chars) break;
      }
    });
    this.#next.set(id, rows.length > 0 ? next : head + 1);
    if (rows.length === 0) return false;
    this.#begin.run();
    for (const row of rows) this.#insert.run(...row);
    this.#commit.run();
    this.notes += rows.length;
    return true;
  }

  /** Copies everything that is left in one tick, which is the moment of the copy's state. */
  finish(): void {
    for (const room of this.rooms()) while (this.step(room));
    this.#begin.run();
    this.#trim();
    for (const { type, name } of this.#schema()) {
      if (type !== "table" || name === "notes") continue;
      const select = this.#from.prepare(`SELECT * FROM "${name}"`);
      // The types only know rows as objects: see asArrays().
      const rows = this.#groupCommit.read(() => asArrays(select).all()) as unknown as Row[];
      const insert = insertInto(this.#to, name, select);
      for (const row of rows) insert.run(...row);
    }
    queryValue(this.#to, "UPDATE rooms SET copied = 1");
    const version = Number(
      this.#groupCommit.read(() => queryValue(this.#from, "PRAGMA user_version")),
    );
    queryValue(this.#to, `PRAGMA user_version = ${version}`);
    queryValue(this.#to, `PRAGMA application_id = ${APPLICATION_ID}`); // Last: marks it complete.
    this.#commit.run();
  }

  /** Closes the copy. */
  [Symbol.dispose](): void {
    this.#to.close();
  }

  /** Deletes notes that retention dropped after they were copied. */
  #trim(): void {
    const first = this.#from.prepare("SELECT min(seq) AS first FROM notes WHERE room = ?");
    const remove = this.#to.prepare("DELETE FROM notes WHERE room = ? AND seq < ?");
    for (const [id, next] of this.#next) {
      remove.run(id, Number(this.#groupCommit.read(() => first.get(id))?.first ?? next));
    }
  }

  #nextSeq(room: number): number {
    return this.#next.get(room) ?? 0;
  }

  /** The schema, without the objects that SQLite creates itself and reserves. */
  #schema(): { type: string; name: string; sql: string }[] {
    const made = this.#from.prepare(
      `SELECT type, name, sql FROM sqlite_schema
       WHERE sql IS NOT NULL AND name NOT GLOB 'sqlite_*' ORDER BY rowid`,
    );
    return this.#groupCommit.read(() => made.all()).map(({ type, name, sql }) => ({
      type: String(type),
      name: String(name),
      sql: String(sql),
    }));
  }
}

/** Prepares an insert of rows with the columns of `select`, which selects all of such a table. */
function insertInto(db: DatabaseSync, table: string, select: StatementSync): StatementSync {
  const values = select.columns().map(() => "?").join();
  return db.prepare(`INSERT INTO "${table}" VALUES (${values})`);
}
