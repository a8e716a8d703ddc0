import type { SQLInputValue } from "node:sqlite";
import type { Topic } from "../../../room/topic.ts";
import { decodeText, encodeText } from "./values.ts";

/** The columns for {@linkcode rowToTopic}. */
export const TOPIC_COLUMNS = "text, author, time, locked, operator";

/** Stores what {@linkcode topicToRow} returns. */
export const SAVE_TOPIC =
  `INSERT OR REPLACE INTO topics (room, ${TOPIC_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`;

/** Converts a row of topics. */
export function rowToTopic(
  { text, author, time, locked, operator }: Readonly<Record<string, unknown>>,
): Topic {
  return {
    text: decodeText(text),
    by: String(author),
    time: Number(time),
    locked: Boolean(locked),
    lockedBy: String(operator),
  };
}

/** Converts the topic of the room with the id `room` to a row. */
export function topicToRow(
  room: number,
  { text, by, time, locked, lockedBy }: Topic,
): SQLInputValue[] {
  return [room, encodeText(text), by, time, Number(locked), lockedBy];
}
