import { mentionsIn } from "../render/render.ts";
import { escapeName, isSameName } from "../../room/note.ts";
import { escapeText } from "../../text/escape.ts";

/** @import { ShownNote } from "../chat.ts" */
/** @import { FrontEnd } from "../conversation/front_end.ts" */

/** Whether the person has not decided yet. */
export function canAskToNotify() {
  return "Notification" in globalThis && isSecureContext && Notification.permission === "default";
}

/**
 * Shows the browser's notification of the last note that names the person. Its tag is the note, so
 * that several pages in the same room show it once.
 *
 * @param {readonly ShownNote[]} notes
 * @param {FrontEnd["transcript"]} transcript
 */
export function notify(notes, { name, room = "" }) {
  if (!("Notification" in globalThis) || Notification.permission !== "granted") return;
  const note = notes.findLast((note) =>
    isSameName(note.to ?? "", name) || mentionsIn(note, name).length > 0
  );
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
