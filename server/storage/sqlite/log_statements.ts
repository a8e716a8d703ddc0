import type { DatabaseSync, StatementSync } from "node:sqlite";
import { LEFT_OUT, NAME_SEPARATOR, NOTE_SEPARATOR } from "../../../room/search/search_log.ts";
import { MAX_DROPPED_PRIVATE_NOTES } from "../../../room/state/log.ts";
import { Identities } from "./identities.ts";
import { INSERT_NOTE, NOTE_COLUMNS } from "./note_row.ts";
import { asArrays } from "./values.ts";

/**
 * Ends joined texts. A text with U+0000 would cut them off, but no text has this end, which nobody
 * knows.
 */
export const TEXTS_END: string = crypto.randomUUID();

/** The largest message that is not left out of {@linkcode LogStatements.texts}, in bytes. */
const MAX_TEXT_BYTES = 1_024;

/** The columns that identify a note when its id is sent again. */
export type IdRow = [seq: number, id: unknown, author: unknown, verified: number];
const ID_COLUMNS = "seq, id, CASE WHEN author > 0 THEN author ELSE name END, verified";

/** Prepared statements, shared by all logs of a file. */
export interface LogStatements {
  readonly identities: Identities;
  readonly make: StatementSync;
  readonly insert: StatementSync;
  readonly read: StatementSync;
  /**
   * The messages of some notes, joined in their order, which is that of the primary key, and
   * {@linkcode TEXTS_END}.
   */
  readonly texts: StatementSync;
  /** The same with the authors' names. */
  readonly namedTexts: StatementSync;
  readonly idAt: StatementSync;
  readonly ids: StatementSync;
  readonly oldest: StatementSync;
  readonly remove: StatementSync;
  readonly update: StatementSync;
  readonly hidden: StatementSync;
  readonly hiddenDropped: StatementSync;
  readonly rememberPrivate: StatementSync;
  readonly forgetPrivate: StatementSync;
  readonly oldestPrivate: StatementSync;
}

/** Prepares the shared statements of `db`. */
export function prepareLog(db: DatabaseSync): LogStatements {
  const prepare = (sql: string) => asArrays(db.prepare(sql));
  const hidden = (whispers: string) =>
    prepare(
      `SELECT seq FROM ${whispers} AND room = ? AND seq >= ? AND seq < ?
       AND author IS NOT ? AND reader IS NOT ? ORDER BY seq DESC LIMIT ?`,
    );
  const text = `iif(octet_length(message) <= ${MAX_TEXT_BYTES}, message, ${char(LEFT_OUT)})`;
  const isHidden = "kind = 'whisper' AND author IS NOT ? AND reader IS NOT ?";
  const texts = (each: string) =>
    prepare(
      `SELECT group_concat(iif(${isHidden}, '', ${each}), ${
        char(NOTE_SEPARATOR)
      }) || '${TEXTS_END}' FROM notes
       WHERE room = ? AND seq >= ? AND seq < ?`,
    );
  const kept = `SELECT seq FROM dropped_whispers WHERE room = ?
    ORDER BY seq DESC LIMIT 1 OFFSET ${MAX_DROPPED_PRIVATE_NOTES - 1}`;
  return {
    identities: new Identities(db),
    make: prepare(
      `INSERT INTO rooms (id, name, spelling, history) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO NOTHING`, // The room may have a topic already.
    ),
    insert: prepare(INSERT_NOTE),
    read: prepare(
      `SELECT ${NOTE_COLUMNS} FROM notes
       WHERE room = ? AND seq >= ? ORDER BY seq LIMIT ?`,
    ),
    texts: texts(text),
    namedTexts: texts(`name || ${char(NAME_SEPARATOR)} || ${text}`),
    idAt: prepare(`SELECT ${ID_COLUMNS} FROM notes WHERE room = ? AND seq = ?`),
    ids: prepare(
      `SELECT ${ID_COLUMNS} FROM notes WHERE room = ? AND seq >= ? ORDER BY seq LIMIT ?`,
    ),
    oldest: prepare(
      `SELECT time, octet_length(message) FROM notes
       WHERE room = ? AND seq >= ? ORDER BY seq LIMIT ?`,
    ),
    remove: prepare("DELETE FROM notes WHERE room = ? AND seq < ?"),
    update: prepare("UPDATE rooms SET head = ?, bytes = ? WHERE id = ?"),
    hidden: hidden("notes WHERE kind = 'whisper'"),
    hiddenDropped: hidden("dropped_whispers WHERE true"),
    rememberPrivate: prepare(
      `INSERT INTO dropped_whispers SELECT room, seq, author, reader FROM notes
       WHERE kind = 'whisper' AND room = ? AND seq < ?`,
    ),
    forgetPrivate: prepare(`DELETE FROM dropped_whispers WHERE room = ? AND seq < (${kept})`),
    oldestPrivate: prepare(kept),
  };
}

function char(character: string): string {
  return `char(${character.charCodeAt(0)})`;
}
