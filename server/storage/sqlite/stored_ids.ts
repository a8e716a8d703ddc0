import { authorKey, type Draft } from "../../../room/note.ts";
import { IdIndex } from "../../../room/state/id_index.ts";
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
  /** Whether there are verified notes whose author's key was not stored. */
  #hasKeyless = false;

  constructor(row: number, groupCommit: GroupCommit, statements: LogStatements) {
    this.#row = row;
    this.#groupCommit = groupCommit;
    this.#statements = statements;
  }

  /** Reads the ids of `log`, which is being opened: in chunks, so that others are served, too. */
  async read(log: { readonly first: number; readonly head: number }): Promise<void> {
    let from = log.first;
    while (from <= log.head) {
      const rows = this.#groupCommit.read(() => this.#statements.ids.all(this.#row, from, CHUNK));
      for (const row of rows as unknown as IdRow[]) {
        const [seq, id, author, verified] = row;
        if (id !== null) this.add(this.#authorKey(row), decodeText(id), seq, log.first);
        if (verified && typeof author !== "number") this.#hasKeyless = true;
        from = seq + 1;
      }
      if (rows.length < CHUNK) return;
      await nextTick();
    }
  }

  /** Adds the id of the note at `seq`. Positions before `first` may be forgotten. */
  add(author: string, id: string, seq: number, first: number): void {
    this.#index.add(author, id, seq, first);
  }

  /** Returns the position of the note that was sent before as `draft`, if it is still there. */
  find(draft: Draft, author: string): number | undefined {
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
