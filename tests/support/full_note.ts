import type { NoteRecord } from "../../room/archive_record.ts";
import type { Draft } from "../../room/note.ts";

const KEYS = [`SHA256:${"a".repeat(43)}`, `SHA256:${"b".repeat(43)}`] as const;

/**
 * A note that has every field. A new field of a note is required here, and then the tests of each
 * part that a note passes through fail until that part keeps the field.
 */
export const FULL_NOTE: Required<NoteRecord> = {
  id: "1",
  seq: 1,
  time: 1_700_000_000_000,
  name: "ann",
  message: "hello",
  kind: "whisper",
  to: "bob",
  verified: true,
  author: KEYS[0],
  reader: KEYS[1],
};

/** The draft of {@linkcode FULL_NOTE}. */
export const FULL_DRAFT: Required<Draft> = withoutPosition(FULL_NOTE);

function withoutPosition({ seq: _seq, time: _time, ...draft }: Required<NoteRecord>) {
  return draft;
}
