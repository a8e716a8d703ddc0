/** A room, to choose from. */
export interface RoomInfo {
  /** What it is called. */
  readonly name: string;
  /** How many members are in it. */
  readonly members: number;
}

/** The rooms of a server, as far as they fit. */
export interface RoomList {
  /** Those with the most members first, then by name. */
  readonly rooms: readonly RoomInfo[];
  /** How many more there are. */
  readonly more: number;
}

/** How many rooms a list holds. */
const MAX_LISTED = 1_000;

/**
 * Lists the rooms that are called `names`, which are in order.
 *
 * @param members How many members are in those that are not empty.
 */
export function listRooms(
  names: readonly string[],
  members: ReadonlyMap<string, number>,
): RoomList {
  // Only the rooms that somebody is in are sorted: a server may have a great many others.
  const rooms = Array.from(members, ([name, members]): RoomInfo => ({ name, members }))
    .sort((a, b) => b.members - a.members || (a.name < b.name ? -1 : 1))
    .slice(0, MAX_LISTED);
  for (const name of names) {
    if (rooms.length === MAX_LISTED) break;
    if (!members.has(name)) rooms.push({ name, members: 0 });
  }
  return { rooms, more: names.length - rooms.length };
}
