import { escapeName } from "../../room/note.ts";
import { formatNumber } from "../../text/number.ts";
import { firstColumns, maxWidth } from "../../text/width.ts";
import type { Conversation } from "../conversation/conversation.ts";
import type { Style } from "../render/style.ts";

/** A room as the prompt shows it. */
export type PromptRoom = Pick<Conversation, "room"> & {
  readonly missed: Pick<Conversation["missed"], "notes" | "mentions">;
};

/** What the prompt depends on. */
export interface PromptOptions {
  /** The open rooms. */
  readonly rooms: readonly PromptRoom[];
  /** The one in view. */
  readonly current: PromptRoom;
  /** The recipient of typed lines; undefined for everybody. Safe for a terminal. */
  readonly queried?: string | undefined;
  /** The number of columns of the terminal. */
  readonly columns: number;
  /** The style of the marks. */
  readonly style: Pick<Style, "dim">;
}

/** The prompt of a person with one room, who knows where they are. */
export const PLAIN_PROMPT = "> ";

/** The least columns of the recipient of typed lines, however narrow the terminal is. */
const LEAST = 5;

/**
 * Formats the prompt: `> ` in the only room, and else the name of the room in view, followed by
 * marks of what is new in others: `lobby> ·dev 3 ·ops @1 `. If lines go to one person only, they are
 * named: `@ann> `, or `lobby @ann> `. It leaves half of the row to the line: marks for which there
 * is no room are counted, and a long name is cut, so that the count fits. The person is always
 * named.
 */
export function renderPrompt(
  { rooms, current, queried, columns, style }: PromptOptions,
): string {
  const width = Math.floor(columns / 2) - PLAIN_PROMPT.length;
  const person = queried === undefined ? "" : cut(`@${queried}`, Math.max(LEAST, width));
  if (rooms.length === 1) return person + PLAIN_PROMPT;
  const news = rooms.filter((room) => room !== current && room.missed.notes > 0);
  const name = escapeName(current.room);
  const free = person === "" ? width : width - maxWidth(person) - 1;
  // Beside a person, the room matters more than the news.
  const count = person === "" && news.length > 0 ? maxWidth(countOf(news)) + 1 : 0;
  const room = cut(name, free - count) || cut(name, free);
  const place = [room, person].filter((part) => part !== "").join(" ");
  if (place === "") return PLAIN_PROMPT;
  const marks = fitMarks(news, width - maxWidth(place));
  return `${place}${PLAIN_PROMPT}${marks.map((mark) => `${style.dim(mark)} `).join("")}`;
}

/** Returns the start of a name that has at most `width` columns. */
function cut(name: string, width: number): string {
  if (maxWidth(name) <= width) return name;
  const start = firstColumns(name, width - 1);
  return start === "" ? "" : `${start}…`;
}

/** Returns as many marks as fit, those of mentions first, and a count of the rooms without one. */
function fitMarks(news: readonly PromptRoom[], width: number): string[] {
  const byWeight = news.toSorted((a, b) => Number(isForPerson(b)) - Number(isForPerson(a)));
  for (let count = news.length; count >= 0; count--) {
    const kept = byWeight.slice(0, count);
    const others = byWeight.slice(count);
    const marks = news.filter((room) => kept.includes(room)).map(markOf);
    const all = others.length === 0 ? marks : [...marks, countOf(others)];
    if (all.reduce((sum, mark) => sum + maxWidth(mark) + 1, 0) <= width) return all;
  }
  return [];
}

function isForPerson({ missed }: PromptRoom): boolean {
  return missed.mentions > 0;
}

function markOf({ room, missed: { notes, mentions } }: PromptRoom): string {
  return `·${escapeName(room)} ${
    mentions > 0 ? `@${formatNumber(mentions)}` : formatNumber(notes)
  }`;
}

/** Marks several rooms by the number of notes in them that are for the person, or of the rooms. */
function countOf(rooms: readonly PromptRoom[]): string {
  const mentions = rooms.reduce((sum, { missed }) => sum + missed.mentions, 0);
  return mentions > 0 ? `@${formatNumber(mentions)}` : `+${rooms.length}`;
}
