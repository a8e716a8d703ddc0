import { foldName, GUEST_MARK, guestName, truncateName } from "../../../room/note.ts";
import { escapeText } from "../../../text/escape.ts";
import type { Completion } from "../../editor/typed_line.ts";
import { quoteName, unquote } from "./arguments.ts";
import { findCommand } from "./find_command.ts";
import type { CommandArguments, Completes } from "./slash_command.ts";
import { SLASH_COMMANDS } from "./table.ts";

/** Candidates for completion. */
export interface Completable {
  /** The names of people, the most likely first. */
  readonly names: readonly string[];
  /** The names of people here who have no key: `~ann` means one of them. */
  readonly guests: readonly string[];
  /** The names of rooms. */
  readonly rooms: readonly string[];
  /** The names of those that the person has open. */
  readonly openRooms: readonly string[];
  /** The names of ignored people. Default: none. */
  readonly ignored?: readonly string[];
}

/** The number of words before the cursor that may start a name, which can contain spaces. */
const MAX_WORDS = 8;

/** The commands as they are typed, with a space before their arguments; and their aliases. */
const TYPED_COMMANDS = [...SLASH_COMMANDS.values()].map(({ name, args }) =>
  typedCommand(name, args)
);
const TYPED_ALIASES = [...SLASH_COMMANDS.values()].flatMap(({ aliases = [], args }) =>
  aliases.map((alias) => typedCommand(alias, args))
);

/**
 * Completes `line`, the text before the cursor: after a slash, commands and their arguments;
 * everywhere else, names, regardless of case. Text that does not start a name is left alone.
 */
export function complete(
  line: string,
  { names, guests, rooms, openRooms, ignored = [] }: Completable,
): Completion {
  const known = { names: names.filter(isSafe), rooms: rooms.filter(isSafe) };
  if (/^\/[^\s/]*$/.test(line)) {
    const begun = startingWith(line, TYPED_COMMANDS);
    return [begun.length > 0 ? begun : startingWith(line, TYPED_ALIASES), line];
  }
  const { completes, args } = splitCommand(line);
  if (!completes) return completeText(line, known.names, ": ");
  switch (completes) {
    case "names": {
      const isMarked = args.replace(/^["“”„]/, "").startsWith(GUEST_MARK);
      const signed = isMarked ? guests.filter(isSafe).map(guestName) : [];
      return completeFirst(args, [...known.names, ...signed]);
    }
    case "ignored":
      return [startingWith(args, ignored), args];
    case "rooms": {
      const last = args.slice(args.lastIndexOf(",") + 1).trimStart();
      return [startingWith(last, known.rooms), last];
    }
    case "open rooms":
      return [startingWith(args, openRooms.filter(isSafe)), args];
    case "commands":
      return [startingWith(args, [...SLASH_COMMANDS.keys()]), args];
    default:
      return [startingWith(args, completes), args];
  }
}

/** Whether the names of rooms are candidates for `line`. */
export function completesRooms(line: string): boolean {
  return splitCommand(line).completes === "rooms";
}

function typedCommand(name: string, { usage }: Pick<CommandArguments<never>, "usage">): string {
  return usage === "" ? `/${name}` : `/${name} `;
}

/** Splits a line into the candidates of its command, if it has any, and the arguments so far. */
function splitCommand(line: string): { completes?: Completes | undefined; args: string } {
  const [, word = "", args = ""] = /^\/([^\s/]+)\s+(.*)$/s.exec(line) ?? [];
  return { completes: findCommand(SLASH_COMMANDS, word)?.args.completes, args };
}

/** A server may send any names: a name that must be escaped to be shown cannot be typed either. */
function isSafe(name: string): boolean {
  return escapeText(truncateName(name)) === name;
}

function startingWith(fragment: string, candidates: readonly string[]): string[] {
  const start = foldName(fragment);
  return candidates.filter((candidate) => foldName(candidate).startsWith(start));
}

/** Completes the first of several arguments, quoted if necessary; after it, text. */
function completeFirst(args: string, names: readonly string[]): Completion {
  if (/^(?:"(?:[^"\\]|\\.)*|[“”„](?:[^“”„\\]|\\.)*)$/s.test(args)) {
    const begun = startingWith(unquote(args.slice(1)), names);
    return [begun.map((name) => `${JSON.stringify(name)} `), args];
  }
  if (/^\S*$/.test(args) && !/^["“”„]/.test(args)) {
    return [startingWith(args, names).map((name) => `${quoteName(name)} `), args];
  }
  return completeText(args, names, " ");
}

/**
 * Completes the longest end of a text that starts a name, with or without an `@` before it.
 *
 * @param first The suffix for a name at the start of the text, which addresses that person.
 */
function completeText(text: string, names: readonly string[], first: string): Completion {
  const starts = [...text.matchAll(/(?<!\S)\S/g)].slice(-MAX_WORDS);
  for (const { index } of starts) {
    const fragment = text.slice(index);
    const sign = fragment.startsWith("@") ? "@" : "";
    const begun = startingWith(fragment.slice(sign.length), names);
    const suffix = index === 0 && sign === "" ? first : " ";
    if (begun.length > 0) return [begun.map((name) => `${sign}${name}${suffix}`), fragment];
  }
  return [[], ""];
}
