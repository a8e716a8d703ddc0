import { escapeName } from "../../room/note.ts";

/**
 * Returns the room in front of a line of several rooms, safe for a terminal: `#dev`. It is one
 * word, so that tools that cut lines at spaces find it: a space in a name becomes a `_`.
 */
export function roomLabel(room: string): string {
  return `#${escapeName(room).replaceAll(/\s/gu, "_")}`;
}
