import { escapeHidden } from "../room/visible.ts";
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

/**
 * A value as one line of JSON. Whatever `visible` would not leave as it is stands there as
 * `\uXXXX`, so that the line can do nothing to a terminal, and a program reads exactly what
 * the value holds.
 */
export function safeJson(value: unknown): string {
  return escapeHidden(JSON.stringify(value), escapeUnits);
}

function escapeUnits(character: string): string {
  let escaped = "";
  for (let i = 0; i < character.length; i++) {
    escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
  }
  return escaped;
}
