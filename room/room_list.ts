import { foldName } from "./note.ts";

/** A room in the list of rooms. */
export interface RoomInfo {
  /** Its name. */
  readonly name: string;
  /** The number of its members. */
  readonly members: number;
  /** The start of its topic, with an ellipsis if there is more; empty if there is none. */
  readonly topic: string;
}

/** The rooms of a server, up to a maximum. */
export interface RoomList {
  /** The rooms with the most members first, then by name. */
  readonly rooms: readonly RoomInfo[];
  /** The number of rooms not in the list. */
  readonly more: number;
}

/** The most rooms in a list. */
export const MAX_LISTED_ROOMS = 1_000;

/** The most characters of a topic in a list: a frame must have room for all of them. */
const MAX_START_CHARS = 80;

/**
 * Lists the rooms `names`, which must be sorted.
 *
 * @param members The number of members in each room that is not empty.
 * @param topicOf Returns the topic of a room. Default: no room has one.
 */
export function listRooms(
  names: readonly string[],
  members: ReadonlyMap<string, number>,
  topicOf: (name: string) => string = () => "",
): RoomList {
  // Only rooms with members are sorted here: a server may have very many others.
  const rooms = Array.from(members, ([name, members]) => ({ name, members }))
    .sort((a, b) => b.members - a.members || (foldName(a.name) < foldName(b.name) ? -1 : 1))
    .slice(0, MAX_LISTED_ROOMS);
  for (const name of names) {
    if (rooms.length === MAX_LISTED_ROOMS) break;
    if (!members.has(name)) rooms.push({ name, members: 0 });
  }
  return {
    rooms: rooms.map((room): RoomInfo => ({ ...room, topic: startOf(topicOf(room.name)) })),
    more: names.length - rooms.length,
  };
}

function startOf(topic: string): string {
  const chars = [...topic];
  return chars.length > MAX_START_CHARS ? `${chars.slice(0, MAX_START_CHARS).join("")}…` : topic;
}
