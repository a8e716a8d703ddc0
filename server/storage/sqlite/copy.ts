import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { GroupCommit } from "./group_commit.ts";
import { APPLICATION_ID, queryValue } from "./open.ts";
import { asArrays } from "./values.ts";

/** How much one step copies: so many notes, unless they have so many UTF-16 units before that. */
const STEP = { notes: 64, chars: 250_000 };

/** A room, as far as it goes. */
export interface RoomExtent {
  /** Its number. */
  readonly id: number;
  /** The position of its newest note. */
  readonly head: number;
}

type Row = SQLInputValue[];

/** A database as far as it has been copied to a new file. */
export class SqliteCopy implements Disposable {
  readonly #groupCommit: GroupCommit;
  readonly #from: DatabaseSync;
  readonly #to: DatabaseSync;
  readonly #rooms: StatementSync;
  readonly #read: StatementSync;
  readonly #insert: StatementSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  /** Room → the position of the note that is copied next. */
  readonly #next = new Map<number, number>();
  /** How many notes have been copied. */
  notes = 0;

  /** Begins to copy `from`, which others use meanwhile, to `file`, which is empty. */
  constructor(from: DatabaseSync, groupCommit: GroupCommit, file: string) {
    this.#from = from;
    this.#groupCommit = groupCommit;
    this.#rooms = from.prepare("SELECT id, head FROM rooms");
    this.#read = asArrays(from.prepare(
      `SELECT notes.*, seq, length(message) FROM notes
       WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ${STEP.notes}`,
    ));
    // The rooms come behind their notes.
    this.#to = new DatabaseSync(file, { enableForeignKeyConstraints: false });
    // Nobody has this file before it is whole, and then it is brought to disk at once. Locked
    // for good, as it may lose its name once it is open, and SQLite would look for it again.
    queryValue(this.#to, "PRAGMA locking_mode = EXCLUSIVE");
    queryValue(this.#to, "PRAGMA journal_mode = MEMORY");
    queryValue(this.#to, "PRAGMA synchronous = OFF");
    for (const { sql } of this.#schema()) queryValue(this.#to, sql);
    this.#begin = this.#to.prepare("BEGIN");
    this.#commit = this.#to.prepare("COMMIT");
    this.#insert = insertInto(this.#to, "notes", from.prepare("SELECT * FROM notes"));
  }

  /** How many notes are to be copied, at most. */
  remaining(): number {
    return this.rooms().reduce((sum, { id, head }) => sum + head + 1 - this.#nextSeq(id), 0);
  }

  /** The rooms that have notes to copy, perhaps. */
  rooms(): RoomExtent[] {
    const rows = this.#groupCommit.read(() => this.#rooms.all());
    return rows.map(({ id, head }) => ({ id: Number(id), head: Number(head) }))
      .filter(({ id, head }) => this.#nextSeq(id) <= head);
  }

  /** Copies some notes of a room up to its `head`; false if there are none. */
  step({ id, head }: RoomExtent): boolean {
    const rows: Row[] = [];
    let next = this.#nextSeq(id);
    let chars = 0;
    this.#groupCommit.read(() => {
      for (const row of this.#read.iterate(id, next, head)) {
        // Types know rows as objects only: see arrays().
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

  /** Copies all that is left, in one turn, which is when the copy is of. */
  finish(): void {
    for (const room of this.rooms()) while (this.step(room));
    this.#begin.run();
    this.#trim();
    for (const { type, name } of this.#schema()) {
      if (type !== "table" || name === "notes") continue;
      const select = this.#from.prepare(`SELECT * FROM "${name}"`);
      // Types know rows as objects only: see arrays().
      const rows = this.#groupCommit.read(() => asArrays(select).all()) as unknown as Row[];
      const insert = insertInto(this.#to, name, select);
      for (const row of rows) insert.run(...row);
    }
    queryValue(this.#to, "UPDATE rooms SET copied = 1");
    const version = Number(
      this.#groupCommit.read(() => queryValue(this.#from, "PRAGMA user_version")),
    );
    queryValue(this.#to, `PRAGMA user_version = ${version}`);
    queryValue(this.#to, `PRAGMA application_id = ${APPLICATION_ID}`); // At last: half a copy is refused.
    this.#commit.run();
  }

  /** Closes the copy. */
  [Symbol.dispose](): void {
    this.#to.close();
  }

  /** Removes what retention has dropped since it was copied. */
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

  /** What the file consists of, but for what SQLite makes itself, which nobody else may make. */
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

/** Inserts rows as `select`, which selects all of such a table, has them. */
function insertInto(db: DatabaseSync, table: string, select: StatementSync): StatementSync {
  const values = select.columns().map(() => "?").join();
  return db.prepare(`INSERT INTO "${table}" VALUES (${values})`);
}
