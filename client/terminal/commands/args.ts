import { ChatError } from "../../../room/errors.ts";
import { checkName, parseGuestName } from "../../../room/note.ts";

/**
 * Reads arguments that are one name, in quotes or not.
 *
 * @throws {ChatError} `invalid`, if it is missing or cannot be a name.
 */
export function parseName(args: string, what: "Name" | "Room"): string {
  const [, quoted] = /^"((?:[^"\\]|\\.)*)"$/s.exec(args.trim()) ?? [];
  const name = quoted === undefined ? args.trim() : unquote(quoted);
  if (name === "") throw invalidArgument(`${what.toUpperCase()} is missing`);
  checkName(name, what);
  return name;
}

/**
 * Reads arguments that begin with a name, which stands in quotes if it has spaces; returns it
 * and what follows the space behind it.
 *
 * @throws {ChatError} `invalid`, if it is missing or cannot be a name.
 */
export function splitName(
  args: string,
  what: "Name" | "Room" = "Name",
): readonly [name: string, rest: string] {
  const [, quoted, plain, rest = ""] =
    /^\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"]\S*))(?:\s(.*))?$/s.exec(args) ?? [];
  const name = quoted === undefined ? plain ?? "" : unquote(quoted);
  if (name === "") throw invalidArgument(`${what.toUpperCase()} is missing`);
  checkName(parseGuestName(name) ?? name, what);
  return [name, rest];
}

/** A name as an argument that another one follows: in quotes, if it would not be one word. */
export function quoteName(name: string): string {
  return /^"|\s/.test(name) ? JSON.stringify(name) : name;
}

/** What stands between the quotes of an argument, or as much of it as is typed, for what it means. */
export function unquote(quoted: string): string {
  return quoted.replace(/\\(.)/gs, "$1");
}

/**
 * Checks the arguments of a command that has none.
 *
 * @throws {ChatError} `invalid`, if there are some.
 */
export function checkNoArgs(name: string, args: string): void {
  if (args.trim() !== "") {
    throw invalidArgument(`/${name} takes no argument: "${clip(args.trim())}"`);
  }
}

/** As much of a value as an error needs to show. */
export function clip(text: string): string {
  const characters = [...text.slice(0, 100)];
  return characters.length > 40 ? `${characters.slice(0, 40).join("")}…` : text;
}

/** The error of an argument that breaks a rule. */
export function invalidArgument(message: string): ChatError {
  return new ChatError("invalid", message);
}
