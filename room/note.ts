import { isAscii } from "../text/ascii.ts";
import { escapeText } from "../text/escape.ts";
import { formatNumber } from "../text/number.ts";
import { ChatError } from "./errors.ts";
import { isKey } from "./identity.ts";
import { isPlainName, quotedName } from "./name_rule.ts";

/** The kind of a note: said to all, an action (`* bob waves`), or private to one person. */
export type NoteKind = "said" | "action" | "whisper";

/** All kinds of notes. */
export const NOTE_KINDS: readonly NoteKind[] = ["said", "action", "whisper"];

/** A note at its position in the log of a room. It never changes. */
export interface Note {
  /** The position in the room: 1, 2, 3, … without gaps. */
  readonly seq: number;
  /** The time when the server accepted it, in milliseconds since the Unix epoch. */
  readonly time: number;
  /** The author's name. */
  readonly name: string;
  /** The text. */
  readonly message: string;
  /** The kind of note. */
  readonly kind: NoteKind;
  /** The recipient's name, if it is a private note. */
  readonly to?: string;
  /** Whether the author had proven to own the name. Default false. */
  readonly verified?: boolean;
  /** The author's identity, if it is a key; in a private note, also if the author is a guest. */
  readonly author?: string;
  /** The recipient's identity, if it is a private note. Without one, nobody receives it. */
  readonly reader?: string;
}

/** A note that its author wants to post, before the log has it. */
export interface Draft extends Omit<Note, "seq" | "time"> {
  /**
   * An id that the author chose: a draft with the same id is the same note, not another one. Empty
   * for authors who give none; each of their drafts is a new note.
   */
  readonly id: string;
}

/** A draft with a time relative to that of the batch it is in. */
export interface TimedDraft extends Draft {
  /** Its time, in milliseconds after that of the batch. Default: 0. */
  readonly later?: number;
}

/** The longest name, in characters (Unicode code points). */
export const MAX_NAME_CHARS = 64;

/** The rule for names of people and rooms in short, for the help. docs/security.md has it in full. */
export const NAME_FORM = `words of letters and digits, up to ${MAX_NAME_CHARS} characters`;

/** The largest message that any server accepts, in bytes of UTF-8; its own bound may be lower. */
export const MAX_NOTE_BYTES = 1_048_576;

/** The longest id, in characters. */
export const MAX_ID_CHARS = 64;

/** Whether a post may have this id. */
export function isPostId(id: string): boolean {
  return id !== "" && id.length <= MAX_ID_CHARS;
}

/**
 * Control, filler and format characters, which no name has ever had. Excepted are the joiners, tags
 * and number signs that some names did have, as parts of emoji and words.
 */
const CONTROL = new RegExp(
  String.raw`[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u115F\u1160\u3164\uFFA0]|` +
    String
      .raw`(?![\u200C\u200D\u{E0020}-\u{E007F}\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2])\p{Cf}`,
  "u",
);

/** Marks without a base character, which may be invisible, and the blank Braille pattern. */
const BLANK = /(?:^|\s)\p{M}|\u2800/u;

/**
 * Checks the name of an author, a recipient or a room. Names in old data pass; a new name must
 * pass `checkNewName()` as well.
 *
 * @param what What it names, for the error.
 * @throws {ChatError} `invalid`, if it is empty, longer than {@linkcode MAX_NAME_CHARS}
 * or contains characters that are invisible or drive a terminal.
 */
export function checkName(name: string, what: "Name" | "Room" | "Recipient" = "Name"): void {
  const chars = [...name].length;
  if (chars > MAX_NAME_CHARS) {
    const start = escapeText([...name].slice(0, 16).join(""));
    throw new ChatError(
      "invalid",
      `${what} "${start}…" has ${
        formatNumber(chars)
      } characters: at most ${MAX_NAME_CHARS} are allowed`,
    );
  }
  if (name.trim() === "") throw new ChatError("invalid", `${what} "${name}" is empty`);
  const shown = escapeText(name);
  if (CONTROL.test(name)) {
    throw new ChatError("invalid", `${what} "${shown}" contains control or invisible characters`);
  }
  if (BLANK.test(name)) {
    throw new ChatError(
      "invalid",
      `${what} "${shown}" contains marks or blanks that nobody can see`,
    );
  }
}

/** Folds a name: names that differ only in case or in compatible spellings (NFKC) fold alike. */
export function foldName(name: string): string {
  if (isAscii(name)) return name.toLowerCase();
  // Upper case makes equal what lower case alone keeps apart, such as "ß" and "ss". Lower case
  // comes before it because "ẞ" is upper case already.
  return name.normalize("NFKC").toLowerCase().toUpperCase().toLowerCase().normalize("NFKC");
}

/** Whether two names are the same. An unknown name is the same as none. */
export function isSameName(name: string, other: string | undefined): boolean {
  return other !== undefined && foldName(name) === foldName(other);
}

/** Marks the name of a person without a key. New names cannot contain it. */
export const GUEST_MARK = "~";

/** Returns the name of a person without a key as it is shown and typed: `~ann`. */
export function guestName(name: string): string {
  return `${GUEST_MARK}${name}`;
}

/**
 * Parses `~ann`, which means the person named `ann` without a key; undefined for any other text.
 */
export function parseGuestName(text: string): string | undefined {
  return text.length > GUEST_MARK.length && text.startsWith(GUEST_MARK)
    ? text.slice(GUEST_MARK.length)
    : undefined;
}

/**
 * Checks that a note of this kind may have this recipient. An empty text means none.
 *
 * @throws {ChatError} `invalid`, if a private note is to something that is not a name, or a note
 * that is not private has a recipient.
 */
export function checkRecipient(kind: NoteKind, to = ""): void {
  if (kind === "whisper") checkName(parseGuestName(to) ?? to, "Recipient");
  else if (to !== "") throw new ChatError("invalid", "Only a private note may have a recipient");
}

/**
 * Returns the identities that may see a note; undefined if everybody may. A private note stays with
 * its author and recipient of that time: by now, others may have their names.
 */
export function noteAudience(
  { kind, author, reader }: Pick<Note, "kind" | "author" | "reader">,
): ReadonlySet<string> | undefined {
  if (kind !== "whisper") return undefined;
  return new Set([author, reader].filter((identity) => identity !== undefined));
}

/**
 * Returns the text that distinguishes the author of a note, to find a repeated id: the key,
 * or, without one, the name, because a guest's identity ends with the session. Older versions
 * stored no keys, so their notes are distinguished by name too.
 */
export function authorKey(
  { author, name, verified }: Pick<Note, "author" | "name" | "verified">,
): string {
  if (author !== undefined && isKey(author)) return author;
  return `${verified ? "" : "~"}${foldName(name)}`;
}

/**
 * Returns the note that a draft becomes at its position in the log. It lists the fields, as this
 * runs for each post and copying the rest of an object is slower.
 */
export function toNote(draft: Draft, seq: number, time: number): Note {
  const { name, message, kind, to, verified, author, reader } = draft;
  const said = verified
    ? { seq, time, name, message, kind, verified }
    : { seq, time, name, message, kind };
  const note = author === undefined ? said : { ...said, author };
  if (to === undefined) return note;
  return reader === undefined ? { ...note, to } : { ...note, to, reader };
}

/**
 * Checks that `message` is no larger than `maxBytes` bytes of UTF-8.
 *
 * @throws {ChatError} `too_large`, naming the size and the bound.
 */
export function checkMessage(message: string, maxBytes: number): void {
  if (message.length * 3 <= maxBytes) return; // No UTF-16 unit takes more than 3 bytes of UTF-8.
  const bytes = new TextEncoder().encode(message).length;
  if (bytes > maxBytes) {
    throw new ChatError(
      "too_large",
      `Note has ${formatNumber(bytes)} bytes: at most ${formatNumber(maxBytes)} are allowed`,
    );
  }
}

/** Truncates a name that is longer than allowed: not every server enforces that. */
export function truncateName(name: string): string {
  // No character takes more than 2 UTF-16 units, and the slice has room for one too many.
  const chars = [...name.slice(0, 2 * MAX_NAME_CHARS + 2)];
  return chars.length > MAX_NAME_CHARS ? `${chars.slice(0, MAX_NAME_CHARS).join("")}…` : name;
}

/** Makes the name of a person or a room safe for a terminal, in quotes if it reads like more. */
export function escapeName(name: string): string {
  const short = truncateName(name);
  return isPlainName(short) ? short : quotedName(short);
}

/**
 * Returns a name as people read it: like {@linkcode escapeName}, with a `~` in front if the person
 * has not proven to own it. Without `verified` it is unknown, so there is no `~`.
 */
export function displayName({ name, verified }: { name: string; verified?: boolean }): string {
  return markUnverified(escapeName(name), verified);
}

/**
 * Returns a name for use within a sentence, such as `ann waves`. A name of several words is in
 * quotes, because it could be read as a sentence of its own.
 */
export function nameInSentence({ name, verified }: { name: string; verified?: boolean }): string {
  const shown = escapeName(name);
  return markUnverified(shown === name && name.includes(" ") ? quotedName(name) : shown, verified);
}

function markUnverified(shown: string, verified?: boolean): string {
  return verified === false ? guestName(shown) : shown;
}

/** Formats a note as one line of text that is safe for a terminal. */
export function noteLine(
  { name, message, kind, verified = false }: Pick<Note, "name" | "message" | "kind" | "verified">,
): string {
  const author = { name, verified };
  const head = kind === "action" ? `* ${nameInSentence(author)}` : `[${displayName(author)}]`;
  return `${head} ${escapeText(message)}`;
}
