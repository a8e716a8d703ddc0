import { foldName } from "../room/note.ts";
import { visible } from "../room/visible.ts";
import type { ChatEvent, ShownNote } from "./chat.ts";
import { mentions } from "./mention.ts";
import { presence } from "./presence.ts";
import { isTime, LOCAL_ZONE, stamp, type TimeFormat, type Zone } from "./stamp.ts";
import { PLAIN, type Style } from "./style.ts";

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

/**
 * A note as rows of text, safe for a terminal: `[ann] hello`, `* ann waves`, or
 * `[ann → you] psst`. The lines of a message are rows of their own, but for an empty last one.
 */
export function renderNote(note: ShownNote, view: View = PLAIN_VIEW): string[] {
  const { style, self } = view;
  const own = isSame(note.name, self);
  const [first = "", ...more] = linesOf(note.message).map((line) =>
    self === undefined || own ? visible(line) : emphasize(line, self, style)
  );
  return [`${stampOf(note, view)}${head(note, view)} ${first}`, ...more.map((row) => INDENT + row)];
}

/**
 * What happens in a chat as rows of text, safe for a terminal: each event by itself, as
 * suits a stream of lines that nobody may be watching. A person at a terminal gets more of
 * a `Transcript`.
 */
export function renderEvent(event: ChatEvent, view: View = PLAIN_VIEW): string[] {
  switch (event.type) {
    case "notes":
      return event.notes.flatMap((note) => renderNote(note, view));
    case "connected":
      return [rule(visible(event.room) + membersOf(event.members))];
    case "members":
      return [remark(`here now${membersOf(event.members)}`)];
    case "joined":
    case "left":
    case "renamed":
      return [remark(presence([event]))];
    case "lost":
      return [remark(`${count(event.count, "note")} lost: the server no longer has them`)];
    case "disconnected":
      return [remark(`not connected: ${visible(event.reason)}; ${retry(event.retryMs)}`)];
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

/** `1 note`, `3 notes`, `1,000 notes`. */
export function count(number: number, thing: string): string {
  return `${number.toLocaleString("en")} ${thing}${number === 1 ? "" : "s"}`;
}

/** When the next attempt comes. */
export function retry(ms: number): string {
  return `retrying in ${Math.ceil(ms / 1_000)}s`;
}

/** How many members are told by name, and in how many characters, before the rest is counted. */
const MAX_MEMBERS = { names: 10, chars: 60 };

function membersOf(members: readonly string[]): string {
  let told = "";
  for (const [i, name] of members.entries()) {
    const next = `${i === 0 ? ": " : ", "}${visible(name)}`;
    if (i === MAX_MEMBERS.names || i > 0 && told.length + next.length > MAX_MEMBERS.chars) {
      return `${told} and ${members.length - i} more`;
    }
    told += next;
  }
  return told;
}

/** Whether two names are the same; one that is not known is none. */
export function isSame(name: string, other: string | undefined): boolean {
  return other !== undefined && foldName(name) === foldName(other);
}

function linesOf(message: string): string[] {
  // Nothing but white space is shown for what it is, or one would see nothing at all.
  if (message.trim() === "") return [message];
  return message.replace(/\r?\n$/, "").split(/\r?\n/);
}

function stampOf({ time }: ShownNote, { time: format, style, zone = LOCAL_ZONE }: View): string {
  if (format === "off" || !isTime(time)) return "";
  return `${style.dim(stamp(time, format, zone))} `;
}

function head({ name, kind, to = "" }: ShownNote, { style, self }: View): string {
  const shown = (name: string) => style.name(visible(name), name);
  if (kind === "action") return `* ${shown(name)}`;
  if (kind === "said") return `[${shown(name)}]`;
  const party = (name: string) => isSame(name, self) ? "you" : shown(name);
  return `[${party(name)} → ${party(to)}]`;
}

/** Makes each mention of a name stand out, and all of the text safe. */
function emphasize(text: string, name: string, style: Style): string {
  let shown = "";
  let at = 0;
  for (const { start, end } of mentions(text, name)) {
    shown += visible(text.slice(at, start)) + style.strong(visible(text.slice(start, end)));
    at = end;
  }
  return shown + visible(text.slice(at));
}
