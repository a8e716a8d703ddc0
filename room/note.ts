import { ChatError } from "./errors.ts";
import { visible } from "./visible.ts";

/** How a note is meant: said, or done (`* bob waves`). */
export type NoteKind = "said" | "action";

/** What somebody wants to say, before the log has it. */
export interface Draft {
  /**
   * An id that its author made: posted again under the same id it is the same note, not
   * another one. Empty for authors who give none; each of their drafts is a new note.
   */
  readonly id: string;
  /** The name of who says it. */
  readonly name: string;
  /** What is said. */
  readonly message: string;
  /** How it is meant. */
  readonly kind: NoteKind;
}

/** What somebody said: a draft at its place in the log. Never changed once made. */
export interface Note {
  /** The position in the room: 1, 2, 3, … without gaps. */
  readonly seq: number;
  /** When the server took it, in milliseconds since the Unix epoch. */
  readonly time: number;
  /** The name of who said it. */
  readonly name: string;
  /** What was said. */
  readonly message: string;
  /** How it was meant. */
  readonly kind: NoteKind;
}

/** The longest name, in characters (Unicode code points). */
export const MAX_NAME_CHARS = 64;

/**
 * Checks that `name` can stand beside a note, or above a room.
 *
 * @param what What it names, for the error.
 * @throws {ChatError} `invalid`, if it is empty, longer than {@linkcode MAX_NAME_CHARS}
 * or holds characters that are invisible or drive a terminal.
 */
export function checkName(name: string, what: "Name" | "Room" = "Name"): void {
  if (name.trim() === "") throw new ChatError("invalid", `${what} "${name}" is empty`);
  const shown = visible(name);
  if (shown !== name) {
    throw new ChatError("invalid", `${what} "${shown}" holds control or invisible characters`);
  }
  const chars = [...name].length;
  if (chars > MAX_NAME_CHARS) {
    const start = [...name].slice(0, 16).join("");
    throw new ChatError(
      "invalid",
      `${what} "${start}…" has ${chars} characters: at most ${MAX_NAME_CHARS} are allowed`,
    );
  }
}

/**
 * Folds a name to what makes it the same as another: compatible spellings (NFKC) and
 * cases are one.
 */
export function foldName(name: string): string {
  // Upper case first: it spells out what lower case alone keeps apart, as "ß" and "ss".
  return name.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
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
    throw new ChatError("too_large", `Note has ${bytes} bytes: at most ${maxBytes} are allowed`);
  }
}

/** A note as one line of text, safe for a terminal. */
export function noteLine({ name, message }: Pick<Note, "name" | "message">): string {
  return `[${visible(name)}] ${visible(message)}`;
}
