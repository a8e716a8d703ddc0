import type { NoteRecord } from "../../../room/archive_record.ts";
import type { Note, NoteKind } from "../../../room/note.ts";
import type { Identities } from "./identities.ts";
import { decodeText, encodeText } from "./values.ts";

/** A row of notes. {@linkcode rowToNote} ignores any further columns. */
export type NoteRow = [
  seq: number,
  time: number,
  kind: NoteKind,
  name: unknown,
  message: unknown,
  recipient: unknown,
  verified: number,
  author: number | null,
  reader: number | null,
  ...rest: unknown[],
];

/** The columns of a {@linkcode NoteRow}. */
export const NOTE_COLUMNS = "seq, time, kind, name, message, recipient, verified, author, reader";

const INSERTED = `room, ${NOTE_COLUMNS}, id`;

/** Inserts what {@linkcode noteToRow} returns. */
export const INSERT_NOTE = `INSERT INTO notes (${INSERTED}) VALUES (${
  INSERTED.split(", ").map(() => "?").join(", ")
})`;

/**
 * For a row of rooms: the position of its oldest note, or the one after its head if it has none.
 */
export const FIRST_SEQ = "coalesce((SELECT min(seq) FROM notes WHERE room = rooms.id), head + 1)";

/** Converts a row to a note. */
export function rowToNote(row: NoteRow, identities: Identities): Note {
  const [seq, time, kind, name, message, recipient, verified] = row;
  const said = { seq, time, name: decodeText(name), message: decodeText(message), kind };
  const note = verified ? { ...said, verified: true } : said;
  const author = identities.at(row[7]);
  const signed = author === undefined ? note : { ...note, author };
  if (recipient === null) return signed;
  const reader = identities.at(row[8]);
  const to = decodeText(recipient);
  return reader === undefined ? { ...signed, to } : { ...signed, to, reader };
}

/** Converts a note to a row, in the room with the number `room`. */
export function noteToRow(
  { seq, time, kind, name, message, to, verified, author, reader, id }: NoteRecord,
  room: number,
  identities: Identities,
): (string | number | Uint8Array | null)[] {
  return [
    room,
    seq,
    time,
    kind,
    encodeText(name),
    encodeText(message),
    to === undefined ? null : encodeText(to),
    verified ? 1 : 0,
    identities.store(author),
    identities.store(reader),
    id === "" ? null : encodeText(id),
  ];
}
