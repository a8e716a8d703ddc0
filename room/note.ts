import { ChatError } from "./errors.ts";
import { visible } from "./visible.ts";

/** What somebody wants to say, before the log has it. */
export interface Draft {
  /** The name of who says it. */
  readonly name: string;
  /** What is said. */
  readonly message: string;
}

/** What somebody said: a draft at its place in the log. Never changed once made. */
export interface Note extends Draft {
  /** The position in the room: 1, 2, 3, … without gaps. */
  readonly seq: number;
}

/** The longest name, in characters (Unicode code points). */
export const MAX_NAME_CHARS = 64;

/**
 * Checks that `name` can stand beside a note.
 *
 * @throws {ChatError} `invalid`, if it is empty, longer than {@linkcode MAX_NAME_CHARS}
 * or holds characters that are invisible or drive a terminal.
 */
export function checkName(name: string): void {
  if (name.trim() === "") throw new ChatError("invalid", "A name cannot be empty");
  const shown = visible(name);
  if (shown !== name) {
    throw new ChatError("invalid", `Name "${shown}" holds control or invisible characters`);
  }
  const chars = [...name].length;
  if (chars > MAX_NAME_CHARS) {
    const start = [...name].slice(0, 16).join("");
    throw new ChatError(
      "invalid",
      `Name "${start}…" has ${chars} characters: at most ${MAX_NAME_CHARS} are allowed`,
    );
  }
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
export function noteLine({ name, message }: Draft): string {
  return `[${visible(name)}] ${visible(message)}`;
}
