import type { RoomRecord } from "../../room/archive_record.ts";
import type { Topic } from "../../room/topic.ts";
import { safeJson } from "../../text/safe_json.ts";

/**
 * Formats a room as one line of JSON: `room`, `history`, `first`, `head`, `origins`, and `topic` if
 * it has one.
 */
export function roomJson({ room, history, first, head, origins, topic }: RoomRecord): string {
  return safeJson({ room, history, first, head, origins, ...topic && { topic: toJson(topic) } });
}

function toJson({ text, by, time, locked, lockedBy: operator }: Topic) {
  return { text, by, time: new Date(time).toISOString(), locked, operator };
}
