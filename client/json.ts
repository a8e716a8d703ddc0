import { safeJson } from "../room/safe_json.ts";
import type { ShownNote } from "./chat.ts";
import { isTime } from "./stamp.ts";

/**
 * A note as one line of JSON: `seq`, `time` (RFC 3339, in UTC), `room`, `name`, `kind`,
 * `message`, `verified`, and `to` if it is a whisper; null for what the server does not tell.
 * Behind that the `id` that its author gave it, which only an archive has.
 */
export function noteJson(note: ShownNote & { readonly id?: string }, room: string): string {
  const { seq = null, time, name, kind, message, verified = null, to, id = "" } = note;
  const at = isTime(time) ? new Date(time).toISOString() : null;
  const said = { seq, time: at, room, name, kind, message, verified };
  return safeJson({ ...said, ...(to !== undefined && { to }), ...(id !== "" && { id }) });
}
