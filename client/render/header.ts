import { escapeName } from "../../room/note.ts";
import { formatNumber } from "../../text/number.ts";
import { maxWidth } from "../../text/width.ts";
import type { ChatEvent } from "../chat.ts";
import { renderPerson, rule } from "./render.ts";
import { topicHeader } from "./topic.ts";

/** Formats the lines above the notes of a room: its name and the people there, and its topic. */
export function renderHeader(
  event: Pick<Extract<ChatEvent, { type: "connected" }>, "room" | "members" | "topic">,
  columns: number,
): string[] {
  return [renderRoom(event, columns), ...topicHeader(event.topic)];
}

/**
 * Formats the name of a room, and the people there. The line has at most `columns` columns, unless
 * the name alone is longer; people whose names do not fit are counted.
 */
function renderRoom(
  { room, members }: Pick<Extract<ChatEvent, { type: "connected" }>, "room" | "members">,
  columns: number,
): string {
  const name = escapeName(room);
  if (members.length === 0) return rule(name);
  let header = rule(`${name}: ${formatNumber(members.length)} here`);
  let shown = "";
  for (const [i, person] of members.entries()) {
    shown += `${i === 0 ? ": " : ", "}${renderPerson(person)}`;
    if (maxWidth(rule(name + shown)) > columns) break;
    const others = members.length - i - 1;
    const counted = rule(name + shown + (others > 0 ? ` and ${formatNumber(others)} more` : ""));
    if (maxWidth(counted) <= columns) header = counted;
  }
  return header;
}
