import { displayName, escapeName, isSameName, nameInSentence } from "../../room/note.ts";
import { escapeText } from "../../text/escape.ts";
import { formatCount } from "../../text/number.ts";
import type { ChatEvent, Person, ShownNote } from "../chat.ts";
import { mentions, type TextRange } from "./mention.ts";
import { PLAIN, type Style } from "./style.ts";
import { formatTime, isTime, LOCAL_ZONE, type TimeFormat, type Zone } from "./time.ts";

/** How a person wants to see notes. */
export interface View {
  /** How to show when they were said. */
  readonly time: TimeFormat;
  /** How to set them. */
  readonly style: Style;
  /** The name of the person, who is `you` in whispers, and whose mentions stand out. */
  readonly self?: string | undefined;
  /** Where the person's clock is. Default: where this process is. */
  readonly zone?: Zone;
}

/** How notes look as text alone: no times, no colours. */
export const PLAIN_VIEW: View = { time: "off", style: PLAIN };

/** What the rows of a note but the first begin with, so that none can pass for another note. */
const INDENT = "    ";

/** Where a note names `self`; nowhere, if `self` is not known or has said it. */
export function mentionsIn({ name, message }: ShownNote, self: string | undefined): TextRange[] {
  return self === undefined || isSameName(name, self) ? [] : mentions(message, self);
}

/**
 * A note as rows of text, safe for a terminal: `[ann] hello`, `* ann waves`, or
 * `[ann → you] psst`. The lines of a message are rows of their own, but for an empty last one.
 *
 * @param named What stands out, for those who have asked {@linkcode mentionsIn} already.
 */
export function renderNote(
  note: ShownNote,
  view: View = PLAIN_VIEW,
  named: readonly TextRange[] = mentionsIn(note, view.self),
): string[] {
  const [first = "", ...more] = renderMessage(note.message, named, view.style);
  return [
    `${renderTime(note, view)}${renderHead(note, view)} ${first}`,
    ...more.map((row) => INDENT + row),
  ];
}

/** What happens to the connection, by itself, as a row of text, safe for a terminal. */
export function renderEvent(
  event: Extract<ChatEvent, { type: "connected" | "lost" | "disconnected" }>,
): string {
  switch (event.type) {
    case "connected":
      return rule(escapeName(event.room) + renderMembers(event.members));
    case "lost":
      return remark(`${formatCount(event.count, "note")} lost: the server no longer has them`);
    case "disconnected":
      return remark(`not connected: ${escapeText(event.reason)}; retrying`);
  }
}

/** A line that divides what is before it from what is behind it. */
export function rule(text: string): string {
  return `── ${text} ──`;
}

/** A line about the chat. */
export function remark(text: string): string {
  return `-- ${text} --`;
}

/** How many members are told by name, and in how many characters, before the rest is counted. */
const MAX_MEMBERS = { names: 10, chars: 60 };

function renderMembers(members: readonly Person[]): string {
  let told = "";
  for (const [i, person] of members.entries()) {
    const next = `${i === 0 ? ": " : ", "}${renderPerson(person)}`;
    if (i === MAX_MEMBERS.names || i > 0 && told.length + next.length > MAX_MEMBERS.chars) {
      return `${told} and ${members.length - i} more`;
    }
    told += next;
  }
  return told;
}

/** Somebody as a list of people shows them, safe for a terminal: `ann`, `~ann`, `ann (2)`. */
export function renderPerson({ sessions = 1, ...person }: Person): string {
  return displayName(person) + (sessions > 1 ? ` (${sessions})` : "");
}

/** The lines of a message, safe for a terminal, with what stands out: no name goes over the end of a line. */
function renderMessage(message: string, named: readonly TextRange[], { strong }: Style): string[] {
  // Nothing but white space is shown for what it is, or one would see nothing at all.
  if (message.trim() === "") return [escapeText(message)];
  const text = message.replace(/\r?\n$/, "");
  const rows = [""];
  const add = (part: string) => {
    const [first = "", ...more] = part.split(/\r?\n/);
    rows[rows.length - 1] += escapeText(first);
    for (const line of more) rows.push(escapeText(indented(line)));
  };
  let at = 0;
  for (const { start, end } of named) {
    add(text.slice(at, start));
    rows[rows.length - 1] += strong(escapeText(text.slice(start, end)));
    at = end;
  }
  add(text.slice(at));
  return rows;
}

/** Code is pasted with tabs in front, and hard to read as escapes. */
function indented(line: string): string {
  return line.replace(/^\t+/, (tabs) => INDENT.repeat(tabs.length));
}

function renderTime({ time }: ShownNote, { time: format, style, zone = LOCAL_ZONE }: View): string {
  if (format === "off" || !isTime(time)) return "";
  return `${style.dim(formatTime(time, format, zone))} `;
}

function renderHead(
  { kind, to = "", toVerified, ...author }: ShownNote,
  { style, self }: View,
): string {
  if (kind === "action") return `* ${style.name(nameInSentence(author), author.name)}`;
  const shown = style.name(displayName(author), author.name);
  if (kind === "said") return `[${shown}]`;
  const from = isSameName(author.name, self) ? "you" : shown;
  const recipient = toVerified === undefined ? { name: to } : { name: to, verified: toVerified };
  return `[${from} → ${isSameName(to, self) ? "you" : style.name(displayName(recipient), to)}]`;
}
