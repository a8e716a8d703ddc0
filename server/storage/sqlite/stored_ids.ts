import { authorKey } from "../../../room/note.ts";
import { IdIndex } from "../../../room/state/id_index.ts";
import type { Log, SentDraft } from "../../../room/state/log.ts";
import { nextTick } from "../../event_loop.ts";
import type { GroupCommit } from "./group_commit.ts";
import type { IdRow, LogStatements } from "./log_statements.ts";
import { decodeText } from "./values.ts";

/** Ids read per tick while a log is opened. */
const CHUNK = 5_000;

/** The ids of the notes of a log, which show that a note was sent before. */
export class StoredIds {
  /** The id of the log's row. */
  readonly #row: number;
  readonly #groupCommit: GroupCommit;
  readonly #statements: LogStatements;
  readonly #index = new IdIndex();
  /** The position up to which the ids have been read; undefined once all have. */
  #readTo: number | undefined = 0;
  /** Settles when that is over; undefined while nobody reads them. */
  #reading: Promise<void> | undefined;
  /** Whether there are verified notes whose author's key was not stored. */
  #hasKeyless = false;

  constructor(row: number, groupCommit: GroupCommit, statements: LogStatements) {
    this.#row = row;
    this.#groupCommit = groupCommit;
    this.#statements = statements;
  }

  /** Whether all ids have been read. */
  get areComplete(): boolean {
    return this.#readTo === undefined;
  }

  /** Reads the ids of `log` that were not read yet: some are left after a read that has failed. */
  read(log: Pick<Log, "first">): Promise<void> {
    return this.#reading ??= this.#read(log).finally(() => this.#reading = undefined);
  }

  /** In chunks, so that others are served in between. */
  async #read(log: Pick<Log, "first">): Promise<void> {
    for (let isLast = false; !isLast;) {
      const from = Math.max(this.#readTo! + 1, log.first);
      const rows = this.#groupCommit.read(() => this.#statements.ids.all(this.#row, from, CHUNK));
      for (const row of rows as unknown as IdRow[]) {
        const [seq, id, author, verified] = row;
        if (id !== null) this.add(this.#authorKey(row), decodeText(id), seq, log.first);
        if (verified && typeof author !== "number") this.#hasKeyless = true;
        this.#readTo = seq;
      }
      isLast = rows.length < CHUNK;
      if (!isLast) await nextTick();
    }
    this.#readTo = undefined;
  }

  /** Adds the id of the note at `seq`. Positions before `first` may be forgotten. */
  add(author: string, id: string, seq: number, first: number): void {
    this.#index.add(author, id, seq, first);
  }

  /** Returns the position of the note that was sent before as `draft`, if it is still there. */
  find(draft: SentDraft, author: string): number | undefined {
    const { id, name, verified = false } = draft;
    const found = this.#findBy(author, id);
    if (found !== undefined || !this.#hasKeyless || !verified) return found;
    return this.#findBy(authorKey({ name, verified }), id);
  }

  #findBy(author: string, id: string): number | undefined {
    return this.#index.find(author, id, (seq) => {
      // There is no row if retention has dropped the note.
      const row = this.#statements.idAt.get(this.#row, seq) as unknown as IdRow | undefined;
      return row !== undefined && row[1] !== null && decodeText(row[1]) === id &&
        this.#authorKey(row) === author;
    });
  }

  /** Like `authorKey()` for a row: the author's key, or the name. */
  #authorKey([, , author, verified]: IdRow): string {
    if (typeof author === "number") return this.#statements.identities.at(author) ?? "";
    return authorKey({ name: decodeText(author), verified: verified === 1 });
  }
}
