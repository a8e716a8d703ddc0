import { isTime } from "../text/is_time.ts";
import { safeJson } from "../text/safe_json.ts";
import type { NoteRecord } from "./archive_record.ts";
import { isKey } from "./identity.ts";
import type { Note } from "./note.ts";

/** A note as a client or an archive has it. A field is missing if nobody has reported it. */
type ReportedNote =
  & Pick<Note, "name" | "message" | "kind">
  & Partial<Pick<Note, "seq" | "time" | "verified" | "to">>
  /** Only an archive has these. */
  & Partial<Pick<NoteRecord, "id" | "author" | "reader">>;

/**
 * Formats a note as one line of JSON: `seq`, `time` (RFC 3339, in UTC), `room`, `name`, `kind`,
 * `message`, `verified`, and `to` if it is private; null for fields that the server does not
 * report. Then come the fields that only an archive has: the `id` that its author gave it, the key
 * of its `author` and, if it is private, the key of its `reader`.
 */
export function noteJson(note: ReportedNote, room: string): string {
  const { seq = null, time, name, kind, message, verified = null, to, id = "" } = note;
  const { author, reader } = note;
  const at = isTime(time) ? new Date(time).toISOString() : null;
  const said = { seq, time: at, room, name, kind, message, verified };
  return safeJson({
    ...said,
    ...(to !== undefined && { to }),
    ...(id !== "" && { id }),
    ...(author !== undefined && isKey(author) && { author }),
    ...(reader !== undefined && isKey(reader) && { reader }),
  });
}
