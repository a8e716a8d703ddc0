import { Buffer } from "node:buffer";
import type { DatabaseSync } from "node:sqlite";
import type { ArchiveRecord, NoteRecord, RoomRecord } from "../../../../room/archive_record.ts";
import { ChatError } from "../../../../room/errors.ts";
import { foldName } from "../../../../room/note.ts";
import { SqliteAccessImport } from "./import_access.ts";
import { type LogStatements, prepareLog } from "../log_statements.ts";
import { noteToRow } from "../note_row.ts";
import { toSpelling } from "../room_row.ts";
import { SAVE_TOPIC, topicToRow } from "../topic_row.ts";
import { encodeText } from "../values.ts";

/** The result of an import. */
export interface Imported {
  /** The number of rooms. */
  readonly rooms: number;
  /** The number of notes, in all rooms. */
  readonly notes: number;
  /** The number of owned names. */
  readonly names: number;
  readonly bans: number;
  readonly mutes: number;
}

/** The room whose notes are being imported. */
interface Current extends RoomRecord {
  readonly id: number;
  /** The position of the next note. */
  next: number;
  /** Bytes of UTF-8 of the messages so far. */
  bytes: number;
  /** The time of the previous note. */
  time: number;
}

/** The time by which another server's clock may be ahead. It allows for a wrong time zone, too. */
const MAX_AHEAD_MS = 86_400_000;

/** Imports the records of an archive, in order and in one transaction. */
export class SqliteImport implements Disposable {
  readonly #db: DatabaseSync;
  readonly #log: LogStatements;
  readonly #access: SqliteAccessImport;
  readonly #now: number;
  #current: Current | undefined;
  #rooms = 0;
  #notes = 0;

  /**
   * Starts an import to `db`. Nothing is stored before {@linkcode finish}.
   *
   * @param now The time, in milliseconds since the Unix epoch. Default: that of the clock.
   */
  constructor(db: DatabaseSync, now: number = Date.now()) {
    this.#db = db;
    this.#now = now;
    this.#log = prepareLog(db);
    this.#access = new SqliteAccessImport(db);
    db.prepare("BEGIN IMMEDIATE").get();
  }

  /**
   * Imports the next record.
   *
   * @throws {ChatError} `invalid`, if it does not follow from the previous record, the room already
   * has notes or a topic, its time is in the future or before that of the previous note, or the name
   * belongs to another key.
   */
  write(record: ArchiveRecord): void {
    switch (record.type) {
      case "room":
        this.#complete();
        return this.#begin(record.record);
      case "note":
        return this.#add(record.record, record.room);
      case "name":
        return this.#access.addName(record.record);
      case "sanction":
        return this.#access.addSanction(record.record);
    }
  }

  /**
   * Commits the import.
   *
   * @throws {ChatError} `invalid`, if notes of the last room are missing; `full`, if there are too
   * many sanctions.
   */
  finish(): Imported {
    this.#complete();
    this.#access.check();
    this.#db.prepare("COMMIT").get();
    return { rooms: this.#rooms, notes: this.#notes, ...this.#access.counts };
  }

  /** Rolls back an unfinished import. */
  [Symbol.dispose](): void {
    if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
  }

  #begin(record: RoomRecord): void {
    const { room, history, head, origins, topic } = record;
    const folded = foldName(room);
    const name = encodeText(folded);
    const there = this.#db.prepare(
      "SELECT head, topics.room AS topic FROM rooms LEFT JOIN topics ON topics.room = id WHERE name = ?",
    ).get(name);
    if (there && (there.head !== 0 || there.topic !== null)) {
      const what = there.head !== 0
        ? `its newest note had position ${there.head}`
        : "it has a topic";
      throw invalidImport(`room "${room}" is in the file already: ${what}`);
    }
    // Marked as a copy, so that a server does not assign the positions after its head in the same
    // history.
    const row = this.#db.prepare(
      `INSERT INTO rooms (name, spelling, history, head, copied) VALUES (?, ?, ?, ?, 1)
       ON CONFLICT DO UPDATE SET spelling = excluded.spelling, history = excluded.history,
         head = excluded.head, copied = 1
       RETURNING id`,
    ).get(name, toSpelling(folded, room), history, head);
    const id = Number(row?.id);
    this.#db.prepare("DELETE FROM origins WHERE room = ?").run(id);
    const origin = this.#db.prepare("INSERT INTO origins (room, history, head) VALUES (?, ?, ?)");
    for (const { history, head } of origins) origin.run(id, history, head);
    if (topic) this.#db.prepare(SAVE_TOPIC).run(...topicToRow(id, topic));
    this.#current = { ...record, id, next: record.first, bytes: 0, time: 0 };
    this.#rooms++;
  }

  #add(note: NoteRecord, room: string): void {
    const current = this.#current;
    if (room !== current?.room) {
      throw invalidImport(`a note of room "${room}" must come after the line of that room`);
    }
    const { seq, time, message } = note;
    if (current.next > current.head) {
      throw invalidImport(`position ${seq} is beyond the head of room "${room}", ${current.head}`);
    }
    if (seq !== current.next) throw invalidImport(`position is ${seq}: must be ${current.next}`);
    this.#checkTime(time, current);
    this.#log.insert.run(...noteToRow(note, current.id, this.#log.identities));
    current.next++;
    current.time = time;
    current.bytes += Buffer.byteLength(message);
    this.#notes++;
  }

  /**
   * Checks that times do not decrease: a note from the future would force its time on all later
   * ones.
   */
  #checkTime(time: number, { next, time: before }: Current): void {
    if (time < before) {
      const behind = `that of note ${next - 1}, "${isoTime(before)}"`;
      throw invalidImport(`time "${isoTime(time)}" must not be before ${behind}`);
    }
    if (time > this.#now + MAX_AHEAD_MS) {
      throw invalidImport(`time "${isoTime(time)}" is in the future`);
    }
  }

  /** Completes the last room. */
  #complete(): void {
    const current = this.#current;
    if (!current) return;
    const { id, room, head, next, bytes } = current;
    if (next <= head) {
      throw invalidImport(`room "${room}" is missing notes ${next} to ${head}`);
    }
    this.#log.update.run(head, bytes, id);
  }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

function invalidImport(message: string): ChatError {
  return new ChatError("invalid", message);
}
