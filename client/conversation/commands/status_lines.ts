import { escapeName, isSameName } from "../../../room/note.ts";
import type { RoomList } from "../../../room/room_list.ts";
import { formatCount } from "../../../text/number.ts";
import { renderPerson, rule } from "../../render/render.ts";
import { topicText } from "../../render/topic.ts";
import type { BellMode } from "./bell_mode.ts";
import type { CommandIgnored, CommandTranscript, OpenRoom } from "./slash_command.ts";

/** The notes that ring the bell, in words. */
export const BELL_WORDS: Readonly<Record<BellMode, string>> = {
  off: "nothing",
  mention: "notes that name you (/bell mention)",
  all: "all notes of others (/bell all)",
};

/**
 * Formats the people in a room, or there when the connection was lost, as a line safe for a
 * terminal.
 */
export function whoIsHere(
  { members, name }: Pick<CommandTranscript, "members" | "name">,
  connected: boolean,
  ignored: Pick<CommandIgnored, "has">,
): string {
  if (members.length === 0) return "this server does not say who is here";
  const names = members.map((member) =>
    renderPerson(member) + (isSameName(member.name, name) ? " (you)" : "") +
    (ignored.has(member) ? " (ignored)" : "")
  );
  const when = connected ? "here" : "here when the connection was lost";
  return `${members.length} ${when}: ${names.join(", ")}`;
}

/** Formats a list of rooms as lines safe for a terminal, and marks those that the person is in. */
export function roomLines(
  { rooms, more }: RoomList,
  openRooms: readonly Pick<OpenRoom, "room">[],
  current: Pick<OpenRoom, "room">,
): string[] {
  const lines = rooms.map(({ name, members, topic }) => {
    const isOpen = openRooms.some(({ room }) => isSameName(name, room));
    const mark = isSameName(name, current.room) ? " (you are here)" : isOpen ? " (open)" : "";
    const about = topic === "" ? "" : `; topic: ${topicText({ text: topic })}`;
    return `  ${escapeName(name)}: ${members} here${mark}${about}`;
  });
  const rest = more > 0 ? [`  and ${formatCount(more, "more room")}`] : [];
  return [rule(formatCount(rooms.length + more, "room")), ...lines, ...rest];
}
