import type { RoomRecord } from "../../room/archive_record.ts";
import { safeJson } from "../../text/safe_json.ts";

/** Formats a room as one line of JSON: `room`, `history`, `first`, `head`, `origins`. */
export function roomJson({ room, history, first, head, origins }: RoomRecord): string {
  return safeJson({ room, history, first, head, origins });
}
