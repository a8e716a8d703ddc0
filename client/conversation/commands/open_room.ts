import { escapeName, foldName, isSameName } from "../../../room/note.ts";
import { formatCount, formatNumber } from "../../../text/number.ts";
import { formatList } from "../../../text/list.ts";
import { rule } from "../../render/render.ts";
import { invalidArgument } from "./arguments.ts";
import type { OpenRoom } from "./slash_command.ts";

/** The most rooms that are open at once. Each is a session. */
export const MAX_OPEN_ROOMS = 32;

/**
 * Finds an open room by its name, its number from 1 on, or the start of its name.
 *
 * @throws {ChatError} `invalid`, if there is none, or if several names start like this.
 */
export function findOpenRoom<T extends Pick<OpenRoom, "room">>(
  rooms: readonly T[],
  typed: string,
): T {
  const named = rooms.find(({ room }) => isSameName(room, typed));
  const numbered = /^\d+$/.test(typed) ? rooms[Number(typed) - 1] : undefined;
  if (named ?? numbered) return (named ?? numbered)!;
  const start = foldName(typed);
  const begun = rooms.filter(({ room }) => foldName(room).startsWith(start));
  if (begun.length === 1) return begun[0]!;
  if (begun.length === 0) {
    throw invalidArgument(`"${typed}" is not open: /join opens a room, /room lists those open`);
  }
  const names = formatList(begun.map(({ room }) => escapeName(room)));
  throw invalidArgument(`"${typed}" is the start of several rooms: ${names}`);
}

/** Formats the open rooms, with what is new in each, as lines safe for a terminal. */
export function openRoomLines(rooms: readonly OpenRoom[], current: OpenRoom): string[] {
  const lines = rooms.map((room, i) => {
    const { notes, mentions } = room.missed;
    const news = [
      ...notes > 0 ? [`${formatNumber(notes)} new`] : [],
      ...mentions > 0 ? [`${formatNumber(mentions)} for you`] : [],
    ].join(", ");
    const state = room === current ? " (you are here)" : news === "" ? "" : `: ${news}`;
    return `  ${i + 1} ${escapeName(room.room)}${state}`;
  });
  return [rule(`${formatCount(rooms.length, "room")} open`), ...lines];
}
