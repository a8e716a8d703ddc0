import { ChatError } from "../../../room/errors.ts";
import { checkName, parseGuestName } from "../../../room/note.ts";
import type { CommandArguments } from "./slash_command.ts";

/** A quoted argument, between straight quotes or the curly ones that phones and macOS type. */
const QUOTED = String.raw`(?:"((?:[^"\\]|\\.)*)"|[“”„]((?:[^“”„\\]|\\.)*)[“”„])`;
const ONLY_QUOTED = new RegExp(`^${QUOTED}$`, "s");
const NAME_AND_REST = new RegExp(String.raw`^\s*(?:${QUOTED}|([^\s"“”„]\S*))(?:\s(.*))?$`, "s");

/** No arguments. */
export const NO_ARGUMENTS: CommandArguments<undefined> = {
  usage: "",
  parse: (typed) => {
    if (typed.trim() === "") return undefined;
    throw invalidArgument(`Unexpected argument "${truncateArgument(typed.trim())}"`);
  },
};

/** A name, in use or not. */
export const NAME: CommandArguments<string> = {
  usage: "NAME",
  parse: (typed) => parseName(typed, "Name"),
};

/** The name of a person. */
export const PERSON: CommandArguments<string> = { ...NAME, completes: "names" };

/** The name of a room. */
export const ROOM: CommandArguments<string> = {
  usage: "ROOM",
  completes: "rooms",
  // A room may be typed as the server prints it.
  parse: (typed) => parseName(typed.replace(/^\s*#/, ""), "Room"),
};

/** The names of rooms, with commas between them. */
export const ROOMS: CommandArguments<readonly string[]> = {
  usage: "ROOM[,...]",
  completes: "rooms",
  parse: (typed) => typed.split(",").map(ROOM.parse),
};

/** An open room, as it is typed; empty for none. */
export const OPEN_ROOM: CommandArguments<string> = {
  usage: "[ROOM]",
  completes: "open rooms",
  parse: (typed) => parseQuoted(typed.replace(/^\s*#/, "").trim()),
};

/** A text to say. */
export const TEXT: CommandArguments<string> = { usage: "TEXT", isMessage: true, parse: parseText };

/** A text to say to one person. */
export const PERSON_AND_TEXT: CommandArguments<{ readonly name: string; readonly text: string }> = {
  usage: "NAME TEXT",
  completes: "names",
  isMessage: true,
  parse: (typed) => {
    const [name, text] = splitName(typed);
    return { name, text: parseText(text) };
  },
};

/**
 * Parses arguments that are one name, quoted or not.
 *
 * @throws {ChatError} `invalid`, if it is missing or cannot be a name.
 */
export function parseName(args: string, what: "Name" | "Room"): string {
  const name = parseQuoted(args.trim());
  if (name === "") throw invalidArgument(`${what.toUpperCase()} is missing`);
  checkName(name, what);
  return name;
}

/**
 * Splits arguments into a name, which is quoted if it contains spaces, and the rest after the
 * space that follows it.
 *
 * @throws {ChatError} `invalid`, if the name is missing or cannot be one.
 */
export function splitName(
  args: string,
  what: "Name" | "Room" = "Name",
): readonly [name: string, rest: string] {
  const [, straight, curly, plain, rest = ""] = NAME_AND_REST.exec(args) ?? [];
  const quoted = straight ?? curly;
  const name = quoted === undefined ? plain ?? "" : unquote(quoted);
  if (name === "") throw invalidArgument(`${what.toUpperCase()} is missing`);
  checkName(parseGuestName(name) ?? name, what);
  return [name, rest];
}

function parseText(text: string): string {
  if (text.trim() === "") throw invalidArgument("TEXT is missing");
  return text;
}

/** Quotes a name that would not be a single word, for an argument that another one follows. */
export function quoteName(name: string): string {
  return /^["“”„]|\s/.test(name) ? JSON.stringify(name) : name;
}

/** Returns an argument without the quotes around all of it; others as they are. */
export function parseQuoted(text: string): string {
  const [, straight, curly] = ONLY_QUOTED.exec(text) ?? [];
  const quoted = straight ?? curly;
  return quoted === undefined ? text : unquote(quoted);
}

/** Removes the escapes from a quoted argument, given without its quotes and perhaps incomplete. */
export function unquote(quoted: string): string {
  return quoted.replace(/\\(.)/gs, "$1");
}

/** Shortens a value for an error message. */
export function truncateArgument(text: string): string {
  const characters = [...text.slice(0, 100)];
  return characters.length > 40 ? `${characters.slice(0, 40).join("")}…` : text;
}

/** Makes the error for an argument that breaks a rule. */
export function invalidArgument(message: string): ChatError {
  return new ChatError("invalid", message);
}
