import type { NoteRecord } from "../../room/archive_record.ts";
import { isKey } from "../../room/identity.ts";
import { safeJson } from "../../text/safe_json.ts";
import type { ShownNote } from "../chat.ts";
import { isTime } from "./time.ts";

/** The fields of a note that only an archive has. */
type Archived = Pick<NoteRecord, "id" | "author" | "reader">;

/**
 * Formats a note as one line of JSON: `seq`, `time` (RFC 3339, in UTC), `room`, `name`, `kind`,
 * `message`, `verified`, and `to` if it is private; null for fields that the server does not
 * report. Then come the fields that only an archive has: the `id` that its author gave it, the key
 * of its `author` and, if it is private, the key of its `reader`.
 */
export function noteJson(note: ShownNote & Partial<Archived>, room: string): string {
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
