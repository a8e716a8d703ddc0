import { Buffer } from "node:buffer";
import { authorKey, type Draft, type Note, type TimedDraft, toNote } from "../../../room/note.ts";
import type { TextsOptions } from "../../../room/search/search_log.ts";
import type { Appended, Log, ReadLimit, Retention, SentDraft } from "../../../room/state/log.ts";
import type { GroupCommit } from "./group_commit.ts";
import { type LogStatements, TEXTS_END } from "./log_statements.ts";
import { type NoteRow, noteToRow, rowToNote } from "./note_row.ts";
import type { BatchMark, LogExtent, LogRow } from "./room_row.ts";
import { StoredIds } from "./stored_ids.ts";

/** Rows fetched at once. A message has at most 16 KB by default, and no tick should take long. */
const CHUNK = 64;

/** The state shared by the logs of a file. */
export interface SharedByLogs {
  readonly groupCommit: GroupCommit;
  readonly statements: LogStatements;
  readonly retention: Retention;
}

/** A log in a SQLite file. It gets its row with its first note, unless its room has a topic. */
export class SqliteLog implements Log {
  readonly history: string;
  readonly origins: ReadonlyMap<string, number>;
  readonly #id: number;
  readonly #row: Pick<LogRow, "name" | "spelling" | "replica">;
  readonly #groupCommit: GroupCommit;
  readonly #statements: LogStatements;
  readonly #retention: Retention;
  readonly #ids: StoredIds;
  /** As on disk. */
  #committed: LogExtent;
  /** As after the commit of this tick; otherwise the same as `#committed`. */
  #pending: LogExtent;

  private constructor(row: LogRow, { groupCommit, statements, retention }: SharedByLogs) {
    this.history = row.history;
    this.origins = row.origins;
    this.#id = row.id;
    this.#row = row;
    this.#groupCommit = groupCommit;
    this.#statements = statements;
    this.#retention = retention;
    this.#ids = new StoredIds(row.id, groupCommit, statements);
    const { head, first, bytes, replica } = row;
    const known = groupCommit.read(() => this.#knownFrom());
    this.#pending = this.#committed = { head, first, bytes, known, mark: replica?.mark };
  }

  /** Opens the log of `row`, and reads the ids of its notes; those of a replica once it is open. */
  static async open(row: LogRow, shared: SharedByLogs): Promise<SqliteLog> {
    const log = new SqliteLog(row, shared);
    const reading = log.#ids.read(log);
    if (!row.replica) await reading;
    else reading.catch(() => {}); // What needs the ids tries again.
    return log;
  }

  get head(): number {
    return this.#committed.head;
  }

  get first(): number {
    return this.#committed.first;
  }

  get known(): number {
    return this.#committed.known;
  }

  /** The newest batch of a replica; undefined if there is none. */
  get mark(): BatchMark | undefined {
    return this.#committed.mark;
  }

  append(drafts: readonly Draft[], now: number): Promise<Appended> {
    return this.#groupCommit.write(() => {
      const seqs: number[] = [];
      const notes: Note[] = [];
      let { head, bytes } = this.#pending;
      if (head === 0) this.#make();
      for (const draft of drafts) {
        const { id, message } = draft;
        const author = id === "" ? "" : authorKey(draft);
        let seq = id === "" ? undefined : this.#ids.find(draft, author);
        if (seq === undefined) {
          seq = ++head;
          notes.push(this.#insert(draft, author, seq, now));
          bytes += Buffer.byteLength(message);
        }
        seqs.push(seq);
      }
      if (notes.length > 0) this.#write({ ...this.#pending, head, bytes });
      return { seqs, notes };
    }, (committed) => this.#settle(committed));
  }

  /**
   * Appends drafts to a replica as new notes, each `later` milliseconds after `time`. Does not look
   * up ids.
   *
   * @param mark The batch.
   */
  extend(drafts: readonly TimedDraft[], time: number, mark: BatchMark): Promise<readonly Note[]> {
    return this.#groupCommit.write(() => {
      let { head, bytes } = this.#pending;
      if (!this.#pending.mark) this.#make();
      const notes = drafts.map((draft) => {
        bytes += Buffer.byteLength(draft.message);
        const author = draft.id === "" ? "" : authorKey(draft);
        return this.#insert(draft, author, ++head, time + (draft.later ?? 0));
      });
      this.#write({ ...this.#pending, head, bytes, mark });
      this.#row.replica?.save(mark);
      return notes;
    }, (committed) => this.#settle(committed));
  }

  async find(draft: SentDraft): Promise<number | undefined> {
    if (!this.#ids.areComplete) await this.#ids.read(this);
    return this.#groupCommit.read(() => this.#ids.find(draft, authorKey(draft)));
  }

  // deno-lint-ignore require-await -- so that exceptions become rejections
  async hidden(
    from: number,
    to: number,
    reader: string | undefined,
    most: number,
  ): Promise<number[]> {
    return this.#groupCommit.read(() => {
      const { identities, hidden, hiddenDropped } = this.#statements;
      const who = identities.find(reader);
      const seqs: number[] = [];
      for (const whispers of [hidden, hiddenDropped]) {
        const rows = whispers.all(this.#id, from, to, who, who, most - seqs.length);
        for (const [seq = 0] of rows as unknown as number[][]) seqs.push(seq);
      }
      return seqs;
    });
  }

  // deno-lint-ignore require-await -- so that exceptions become rejections
  async read(from: number, limit: ReadLimit): Promise<Note[]> {
    return this.#groupCommit.read(() => {
      const notes: Note[] = [];
      let chars = 0;
      let seq = Math.max(from, this.first);
      while (seq <= this.head && notes.length < limit.notes && chars < limit.chars) {
        const most = Math.min(CHUNK, limit.notes - notes.length);
        const rows = this.#statements.read.all(this.#id, seq, most) as unknown as NoteRow[];
        if (rows.length === 0) throw new Error(`note ${seq} is missing; restore a copy of it`);
        for (const row of rows) {
          const note = rowToNote(row, this.#statements.identities);
          notes.push(note);
          seq = note.seq + 1;
          if ((chars += note.message.length) >= limit.chars) break;
        }
      }
      return notes;
    });
  }

  // deno-lint-ignore require-await -- so that exceptions become rejections
  async texts(
    from: number,
    to: number,
    { names, reader }: TextsOptions,
  ): Promise<string | undefined> {
    return this.#groupCommit.read(() => {
      const { identities, texts, namedTexts } = this.#statements;
      const who = identities.find(reader);
      const statement = names ? namedTexts : texts;
      const [joined] =
        (statement.get(who, who, this.#id, from, to) ?? []) as unknown as (string | null)[];
      return joined?.endsWith(TEXTS_END) ? joined.slice(0, -TEXTS_END.length) : undefined;
    });
  }

  // deno-lint-ignore require-await -- so that exceptions become rejections
  async trim(now: number, most: number): Promise<number> {
    if (this.#groupCommit.read(() => this.#beyond(now, 1)) === 0) return 0;
    return this.#groupCommit.write(() => {
      const dropped = this.#beyond(now, most);
      const { bytes } = this.#pending;
      const first = this.#pending.first + dropped;
      const rows = this.#oldest(dropped);
      const left = rows.reduce((left, row) => left - row.bytes, bytes);
      const { remove, rememberPrivate, forgetPrivate } = this.#statements;
      const { changes } = rememberPrivate.run(this.#id, first);
      if (changes > 0) forgetPrivate.run(this.#id, this.#id);
      remove.run(this.#id, first);
      const known = changes > 0 ? this.#knownFrom() : this.#pending.known;
      this.#write({ ...this.#pending, first, bytes: left, known });
      return dropped;
    }, (committed) => this.#settle(committed));
  }

  /** Counts the oldest notes that are beyond retention, up to `most`. */
  #beyond(now: number, most: number): number {
    const { notes, ageMs, bytes } = this.#retention;
    let { first, bytes: left } = this.#pending;
    let count = 0;
    for (const row of this.#oldest(most)) {
      const kept = this.#pending.head - first + 1;
      if (kept <= notes && left <= bytes && now - row.time < ageMs) break;
      first++;
      left -= row.bytes;
      count++;
    }
    return count;
  }

  #oldest(most: number): { time: number; bytes: number }[] {
    const rows = this.#statements.oldest.all(this.#id, this.#pending.first, most);
    return (rows as unknown as number[][]).map(([time = 0, bytes = 0]) => ({ time, bytes }));
  }

  /**
   * The oldest remembered private note, if others have been forgotten; otherwise 1, or where a
   * replica began.
   */
  #knownFrom(): number {
    const [seq = 1] = (this.#statements.oldestPrivate.get(this.#id) ?? []) as number[];
    return Math.max(seq, (this.#row.replica?.start ?? 0) + 1);
  }

  #insert(draft: Draft, author: string, seq: number, now: number): Note {
    const { identities, insert } = this.#statements;
    const { id } = draft;
    const note = toNote(draft, seq, now);
    insert.run(...noteToRow({ ...note, id }, this.#id, identities));
    if (id !== "") this.#ids.add(author, id, seq, this.#pending.first);
    return note;
  }

  /** Stores the row of the log, unless it is there. */
  #make(): void {
    const { name, spelling } = this.#row;
    this.#statements.make.run(this.#id, name, spelling(), this.history);
    this.#row.replica?.make();
  }

  #write(next: LogExtent): void {
    this.#statements.update.run(next.head, next.bytes, this.#id);
    this.#pending = next;
  }

  #settle(committed: boolean): void {
    if (committed) this.#committed = this.#pending;
    else {
      this.#pending = this.#committed;
      this.#statements.identities.forget();
    }
  }
}
