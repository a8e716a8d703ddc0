import { isSameName, nameInSentence } from "../../room/note.ts";
import type { Topic } from "../../room/topic.ts";
import { escapeText } from "../../text/escape.ts";
import { isTime } from "../../text/is_time.ts";
import { operatorName, remark } from "./render.ts";
import { formatTime, LOCAL_ZONE, localDate, type Zone } from "./time.ts";

/** A server may send any text: what is beyond this many UTF-16 units is not shown. */
const MAX_SHOWN = 1_000;

/** Formats the text of a topic, safe for a terminal: on one line, however long the server made it. */
export function topicText({ text }: Pick<Topic, "text">): string {
  const isLong = text.length > MAX_SHOWN;
  return escapeText(isLong ? `${text.slice(0, MAX_SHOWN).toWellFormed()}…` : text);
}

/** Formats the topic as the line that follows the one above the notes of a room; none without one. */
export function topicHeader(topic: Topic | undefined): string[] {
  return topic && topic.text !== "" ? [remark(`topic: ${topicText(topic)}`)] : [];
}

/** Formats everything about a topic as a line: its text, who has set it and when, and its lock. */
export function topicLine(topic: Topic | undefined, zone: Zone = LOCAL_ZONE): string {
  if (!topic) return remark("this server keeps no topics");
  const { text, by, time, locked } = topic;
  const when = isTime(time) ? ` ${localDate(time, zone)} ${formatTime(time, "hm", zone)}` : "";
  const who = by === "" ? "" : `${nameInSentence({ name: by })}${when}`;
  const words = text === ""
    ? `there is no topic${who === "" ? "" : `; removed by ${who}`}`
    : `topic: ${topicText(topic)} (set by ${who})`;
  return remark(locked ? `${words}; locked: only operators may set it` : words);
}

/** Formats how a topic has changed as lines; none if it has not. */
export function topicChanges(before: Topic, { text, by, time, locked, lockedBy }: Topic): string[] {
  const lines: string[] = [];
  if (text !== before.text || time !== before.time || !isSameName(by, before.by)) {
    const who = nameInSentence({ name: by });
    const words = text === "" ? "removed the topic" : `set the topic: ${topicText({ text })}`;
    lines.push(remark(`${who} ${words}`));
  }
  if (locked !== before.locked) {
    const who = operatorName({ by: lockedBy });
    const words = locked ? "locked the topic: only operators may set it" : "unlocked the topic";
    lines.push(remark(`${who} ${words}`));
  }
  return lines;
}
