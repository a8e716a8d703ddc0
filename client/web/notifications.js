import { isForReader } from "../render/row.ts";
import { escapeName } from "../../room/note.ts";
import { escapeText } from "../../text/escape.ts";

/** @import { NoteRow } from "../render/row.ts" */

/** Whether the person has not decided yet. */
export function canAskToNotify() {
  return "Notification" in globalThis && isSecureContext && Notification.permission === "default";
}

/**
 * Shows the browser's notification of the last note that names the person. Its tag is the note, so
 * that several pages in the same room show it once.
 *
 * @param {readonly NoteRow[]} rows
 * @param {string} room
 */
export function notify(rows, room) {
  if (!("Notification" in globalThis) || Notification.permission !== "granted") return;
  const note = rows.findLast(isForReader)?.note;
  if (!note) return;
  try {
    const shown = new Notification(`${escapeName(note.name)} in ${escapeName(room)}`, {
      body: escapeText(note.message).slice(0, 200),
      tag: `${room} ${note.seq}`,
    });
    shown.onclick = () => globalThis.focus();
  } catch {
    // Browsers on phones show notifications of installed pages only.
  }
}
