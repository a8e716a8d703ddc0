import { displayName, isSameName, nameInSentence } from "../../room/note.ts";
import { isKeyFingerprint, shortKey } from "../../room/identity.ts";
import type { Person } from "../../room/person.ts";
import { isTime } from "../../text/is_time.ts";
import { formatDuration } from "../../text/duration.ts";
import { escapeText } from "../../text/escape.ts";
import { formatCount } from "../../text/number.ts";
import type { ChatEvent, ShownNote } from "../chat.ts";
import { findMentions, type TextRange } from "./mention.ts";
import { PLAIN, type Style } from "./style.ts";
import { formatTime, LOCAL_ZONE, type TimeFormat, type Zone } from "./time.ts";

/** The display settings of a person. */
export interface View {
  /** The format of the times of notes. */
  readonly time: TimeFormat;
  /** The style of notes. */
  readonly style: Style;
  /** The person's name: private notes show it as `you`, and mentions of it are highlighted. */
  readonly self?: string | undefined;
  /** What is shown after the time, safe for a terminal: `#1234`. Default: nothing. */
  readonly place?: string | undefined;
  /** The person's time zone. Default: that of this process. */
  readonly zone?: Zone;
}

/** Notes as plain text: no times, no colors. */
export const PLAIN_VIEW: View = { time: "off", style: PLAIN };

/** The indent of all rows of a note but the first, so that none can pass for another note. */
export const INDENT = "    ";

/** The characters between tab stops. */
const TAB = INDENT.length;

/** Finds the mentions of `self` in a note: none, if `self` is unknown or the author. */
export function mentionsIn(note: ShownNote, self: string | undefined): TextRange[] {
  return self === undefined || isOwn(note, self) ? [] : findMentions(note.message, self);
}

/** Whether the reader has said a note: here, or in another session or under a former name. */
export function isOwn({ name, own }: ShownNote, self: string | undefined): boolean {
  return own === true || isSameName(name, self);
}

/**
 * Formats a note as rows of text, safe for a terminal: `[ann] hello`, `* ann waves`, or `[ann →
 * you] psst`. Each line of a message is a row, except an empty last one.
 *
 * @param named The highlighted ranges, if the caller has them from {@linkcode mentionsIn} already.
 */
export function renderNote(
  note: ShownNote,
  view: View = PLAIN_VIEW,
  named: readonly TextRange[] = mentionsIn(note, view.self),
): string[] {
  const [first = "", ...more] = renderMessage(note.message, named, view.style);
  return [
    `${renderTime(note, view)}${renderPlace(view)}${renderHead(note, view)} ${first}`,
    ...more.map((row) => INDENT + row),
  ];
}

/** Formats a text that is not a note yet as rows of text, safe for a terminal. */
export function renderDraft(text: string): string[] {
  return renderMessage(text, [], PLAIN).map((row) => INDENT + row);
}

/** Formats an event of the connection as a row of text, safe for a terminal. */
export function renderEvent(
  event: Extract<ChatEvent, { type: "lost" | "muted" | "unmuted" | "disconnected" }>,
): string {
  switch (event.type) {
    case "lost":
      return remark(lostWords(event));
    case "muted": {
      const span = event.spanMs === undefined ? "" : ` for ${formatDuration(event.spanMs)}`;
      const reason = event.reason === "" ? "" : `: ${escapeText(event.reason)}`;
      return remark(`${operatorName(event)} muted you${span}${reason}`);
    }
    case "unmuted":
      return remark(`${operatorName(event)} unmuted you`);
    case "disconnected": {
      const [address, reason] = [event.address, event.reason].map(escapeText);
      return remark(`not connected to "${address}": ${reason}; ${retryWords(event)}`);
    }
  }
}

/** Returns what the client does after an outage: it tries the same server again, or another one. */
export function retryWords(
  { address, next }: Pick<Extract<ChatEvent, { type: "disconnected" }>, "address" | "next">,
): string {
  return next === address ? "retrying" : `trying "${escapeText(next)}"`;
}

/** Adds to `words` which server the client is connected to, if it is another one than before. */
export function withAddress(words: string, address: string, before: string | undefined): string {
  if (before === undefined || before === address) return words;
  return `${words} (now at "${escapeText(address)}")`;
}

function lostWords({ count, earlier = false }: Extract<ChatEvent, { type: "lost" }>): string {
  const [are, were, them] = count === 1 ? ["is", "was", "it"] : ["are", "were", "them"];
  return earlier
    ? `${formatCount(count, "older note")} ${are} no longer kept`
    : `${formatCount(count, "note")} ${were} removed before you could read ${them}`;
}

/** Formats the name of an operator, who need not have one, safe for a terminal. */
export function operatorName({ by }: { readonly by: string }): string {
  return by === "" ? "an operator" : nameInSentence({ name: by });
}

/**
 * Formats the server's answer to a command as a row of text, safe for a terminal. A key that
 * follows its name is short: the name identifies the person, and the row remains readable.
 */
export function renderAnswer(words: string): string {
  const short = words.replaceAll(
    /(?<=" \()[^\s()]+(?=\))/g,
    (principal) => isKeyFingerprint(principal) ? `SHA256:${shortKey(principal)}…` : principal,
  );
  return remark(escapeText(short));
}

/** A line that separates the text before it from the text after it. */
export function rule(text: string): string {
  return `── ${text} ──`;
}

/** A line about the chat. */
export function remark(text: string): string {
  return `-- ${text} --`;
}

/** Formats a person for a list of people, safe for a terminal: `ann`, `~ann`, `ann (2)`. */
export function renderPerson({ sessions, ...person }: Person): string {
  return displayName(person) + (sessions > 1 ? ` (${sessions})` : "");
}

/**
 * Formats the lines of a message, safe for a terminal, with the highlighted ranges. No name spans
 * two lines.
 */
function renderMessage(message: string, named: readonly TextRange[], { mention }: Style): string[] {
  // Text of white space only is shown escaped, or it would be invisible.
  if (message.trim() === "") return [escapeText(message)];
  const text = message.replace(/\r?\n$/, "");
  const rows = [""];
  let column = 0; // In characters: the page knows no widths.
  const add = (shown: string, length = shown.length) => {
    rows[rows.length - 1] += shown;
    column += length;
  };
  const addLines = (part: string) => {
    for (const [i, line] of part.split(/\r?\n/).entries()) {
      if (i > 0) {
        rows.push("");
        column = 0;
      }
      for (const [j, cell] of line.split("\t").entries()) {
        if (j > 0) add(" ".repeat(TAB - column % TAB));
        add(escapeText(cell));
      }
    }
  };
  let at = 0;
  for (const { start, end } of named) {
    addLines(text.slice(at, start));
    const name = escapeText(text.slice(start, end));
    add(mention(name), name.length);
    at = end;
  }
  addLines(text.slice(at));
  return rows;
}

function renderTime({ time }: ShownNote, { time: format, style, zone = LOCAL_ZONE }: View): string {
  if (format === "off" || !isTime(time)) return "";
  return `${style.dim(formatTime(time, format, zone))} `;
}

function renderPlace({ place, style }: View): string {
  return place === undefined ? "" : `${style.dim(place)} `;
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
  const isToSelf = isSameName(to, self);
  const shownTo = !isToSelf
    ? style.name(displayName(recipient), to)
    : from === "you"
    ? "you"
    : style.mention("you");
  return style.strong(`[${from} → ${shownTo}]`);
}
