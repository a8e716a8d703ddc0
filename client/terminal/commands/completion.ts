import { foldName, truncateName } from "../../../room/note.ts";
import { escapeText } from "../../../text/escape.ts";
import type { Completion } from "../../editor/editor.ts";
import { quoteName, unquote } from "./args.ts";
import { SLASH_COMMANDS } from "./commands.ts";

/** What there is to complete to. */
export interface Completable {
  /** The names of people, those first who are most likely meant. */
  readonly names: readonly string[];
  /** The people here without a key. A `~` before a name means one of them. */
  readonly guests: readonly string[];
  /** The names of rooms. */
  readonly rooms: readonly string[];
}

/** How many words before the cursor may begin a name: names may hold spaces. */
const MAX_WORDS = 8;

/** The commands as they are typed, with a space where arguments follow. */
const TYPED_COMMANDS = [...SLASH_COMMANDS.values()].map(({ name, args }) =>
  args === "" ? `/${name}` : `/${name} `
);

/**
 * Completes `line`, which is what stands before the cursor: commands and their arguments
 * behind a slash, and names everywhere else, in any case. Ordinary text is left alone where
 * no name has been begun.
 */
export function complete(line: string, { names, guests, rooms }: Completable): Completion {
  const known = { names: names.filter(isSafe), rooms: rooms.filter(isSafe) };
  if (/^\/[^\s/]*$/.test(line)) return [startingWith(line, TYPED_COMMANDS), line];
  const [, word = "", args] = /^\/([^\s/]+)\s+(.*)$/s.exec(line) ?? [];
  const completes = SLASH_COMMANDS.get(word.toLowerCase())?.completes;
  if (args === undefined || !completes) return completeText(line, known.names, ": ");
  if (completes === "names") {
    const signed = /^"?~/.test(args) ? guests.filter(isSafe).map((name) => `~${name}`) : [];
    return completeFirst(args, [...known.names, ...signed]);
  }
  return [startingWith(args, completes === "rooms" ? known.rooms : completes), args];
}

/** A server may call things what it likes: what cannot be shown as it is, cannot be typed. */
function isSafe(name: string): boolean {
  return escapeText(truncateName(name)) === name;
}

function startingWith(fragment: string, candidates: readonly string[]): string[] {
  const start = foldName(fragment);
  return candidates.filter((candidate) => foldName(candidate).startsWith(start));
}

/** The first argument of several: in quotes where it has to be. What follows it is text. */
function completeFirst(args: string, names: readonly string[]): Completion {
  if (/^"(?:[^"\\]|\\.)*$/s.test(args)) {
    const begun = startingWith(unquote(args.slice(1)), names);
    return [begun.map((name) => `${JSON.stringify(name)} `), args];
  }
  if (/^\S*$/.test(args) && !args.startsWith('"')) {
    return [startingWith(args, names).map((name) => `${quoteName(name)} `), args];
  }
  return completeText(args, names, " ");
}

/**
 * Completes the longest end of a text that begins a name, with an `@` before it or without.
 *
 * @param first What follows a name at the start of the text: there it is spoken to.
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
