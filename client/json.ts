import { safeJson } from "../room/safe_json.ts";
import type { ShownNote } from "./chat.ts";
import { isTime } from "./stamp.ts";

/**
 * A note as one line of JSON: `seq`, `time` (RFC 3339, in UTC), `room`, `name`, `kind`,
 * `message`, `verified`, and `to` if it is a whisper; null for what the server does not tell.
 */
export function noteJson(note: ShownNote, room: string): string {
  const { seq = null, time, name, kind, message, verified = null, to } = note;
  const at = isTime(time) ? new Date(time).toISOString() : null;
  const said = { seq, time: at, room, name, kind, message, verified };
  return safeJson(to === undefined ? said : { ...said, to });
}
