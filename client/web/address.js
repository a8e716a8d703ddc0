/**
 * The address of the page, which names the room: `#garden`.
 *
 * @module
 */

import { isSameName } from "../../room/note.ts";

/** Returns the room in the address; empty if there is none. */
export function roomInAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return ""; // Somebody has mistyped it.
  }
}

/**
 * Puts a room into the address. Back returns to the former room if the address still names that:
 * whoever came by the address has left it already.
 *
 * @param {string} room
 * @param {string | undefined} former
 */
export function showInAddress(room, former) {
  const url = `#${encodeURIComponent(room)}`;
  const isMove = !isSameName(room, former) && isSameName(roomInAddress(), former);
  if (isMove) history.pushState(undefined, "", url);
  else history.replaceState(undefined, "", url);
}
