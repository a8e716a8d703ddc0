import { foldName } from "./note.ts";

/** A room in the list of rooms. */
export interface RoomInfo {
  /** Its name. */
  readonly name: string;
  /** The number of its members. */
  readonly members: number;
}

/** The rooms of a server, up to a maximum. */
export interface RoomList {
  /** The rooms with the most members first, then by name. */
  readonly rooms: readonly RoomInfo[];
  /** The number of rooms not in the list. */
  readonly more: number;
}

/** The most rooms in a list. */
const MAX_LISTED = 1_000;

/**
 * Lists the rooms `names`, which must be sorted.
 *
 * @param members The number of members in each room that is not empty.
 */
export function listRooms(
  names: readonly string[],
  members: ReadonlyMap<string, number>,
): RoomList {
  // Only rooms with members are sorted here: a server may have very many others.
  const rooms = Array.from(members, ([name, members]): RoomInfo => ({ name, members }))
    .sort((a, b) => b.members - a.members || (foldName(a.name) < foldName(b.name) ? -1 : 1))
    .slice(0, MAX_LISTED);
  for (const name of names) {
    if (rooms.length === MAX_LISTED) break;
    if (!members.has(name)) rooms.push({ name, members: 0 });
  }
  return { rooms, more: names.length - rooms.length };
}
