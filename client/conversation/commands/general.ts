import { ChatError } from "../../../room/errors.ts";
import { guestName, isSameName, NAME_FORM, parseGuestName } from "../../../room/note.ts";
import { parseSearchWords } from "../../../room/search/search_words.ts";
import { formatList } from "../../../text/list.ts";
import { suggest } from "../../../text/suggest.ts";
import { remark } from "../../render/render.ts";
import {
  invalidArgument,
  NAME,
  NO_ARGUMENTS,
  PERSON_AND_TEXT,
  ROOM,
  TEXT,
  truncateArgument,
} from "./arguments.ts";
import { BELL_MODES, type BellMode } from "./bell_mode.ts";
import { helpLines, helpOnCommand } from "./help.ts";
import { HISTORY, HISTORY_BOUNDS } from "./history_bounds.ts";
import { type CommandTranscript, type SlashCommand, slashCommand } from "./slash_command.ts";
import { BELL_WORDS, roomLines, whoIsHere } from "./status_lines.ts";

/** The commands for everybody, in the order of the help. */
export const GENERAL_COMMANDS: readonly SlashCommand[] = [
  slashCommand({
    name: "help",
    args: {
      usage: "[COMMAND]",
      completes: "commands",
      parse: (typed) => typed.trim().replace(/^\//, "").toLowerCase(),
    },
    summary: "show the commands, or the help on one of them",
    run: (context, about) => {
      const { commands, transcript: { operator } } = context;
      const lines = about === "" ? helpLines(commands, operator) : helpOnCommand(commands, about);
      context.print(...lines);
    },
  }),
  slashCommand({
    name: "who",
    args: NO_ARGUMENTS,
    summary: "list the people here",
    run: (context) => {
      context.print(remark(whoIsHere(context.transcript, context.connected)));
    },
  }),
  slashCommand({
    name: "nick",
    args: NAME,
    summary: "change your name",
    details: `NAME is ${NAME_FORM}.`,
    run: (context, name) => context.rename(name),
  }),
  slashCommand({
    name: "me",
    args: TEXT,
    summary: "post an action: * ann waves",
    run: (context, text) => context.say(text, { kind: "action" }),
  }),
  slashCommand({
    name: "msg",
    args: PERSON_AND_TEXT,
    summary: "send a private note to one person",
    details:
      "NAME is a person in the room, or one who has spoken there lately; quote a name that " +
      'contains spaces: /msg "Kim Min" hello. The owner of a name also gets the note later; ' +
      "~NAME gets it now or never: /msg ~ann hello is only for an ann without a key.",
    run: async (context, { name, text }) =>
      await context.say(text, { kind: "whisper", to: findRecipient(name, context.transcript) }),
  }),
  slashCommand({
    name: "join",
    args: ROOM,
    summary: "go to another room, which is created if necessary",
    details: `ROOM is ${NAME_FORM}.`,
    run: (context, room) => context.goTo(room),
  }),
  slashCommand({
    name: "rooms",
    args: NO_ARGUMENTS,
    summary: "list the rooms",
    run: async (context) =>
      context.print(...roomLines(await context.rooms(), context.transcript.room)),
  }),
  slashCommand({
    name: "history",
    args: { usage: "[N|#SEQ]", parse: parseHistory },
    summary: "show the last N notes, or those around #SEQ",
    details:
      `N is ${HISTORY_BOUNDS}, by default ${HISTORY.fallback}. #SEQ is the position of a note, ` +
      "as /search shows it: /history #1042.",
    run: (context, { count, seq }) =>
      seq === undefined ? context.showHistory(count) : context.showAround(seq),
  }),
  slashCommand({
    name: "search",
    args: { usage: "WORDS", parse: parseSearch },
    summary: "find the newest notes with all of the words",
    details:
      "A word may be a part of another one, and case does not matter. Quotes make a phrase: " +
      '/search "disk full" ann. Among private ' +
      "notes, only yours are found. /history #SEQ shows what was around a note.",
    run: (context, words) => context.search(words),
  }),
  slashCommand({
    name: "quiet",
    args: NO_ARGUMENTS,
    summary: "hide joins and leaves, or show them again",
    run: (context) => {
      const { transcript } = context;
      transcript.quiet = !transcript.quiet;
      context.print(remark(`joins and leaves are ${transcript.quiet ? "hidden" : "shown"}`));
    },
  }),
  slashCommand({
    name: "bell",
    args: { usage: `[${BELL_MODES.join("|")}]`, completes: BELL_MODES, parse: parseBellMode },
    summary: "ring for no notes, for mentions of you, or for all",
    details: "Without an argument, /bell shows the current setting. A private note to you counts " +
      "as a mention.",
    run: (context, mode) => {
      const { transcript } = context;
      transcript.bell = mode ?? transcript.bell;
      context.print(remark(`the bell rings for: ${BELL_WORDS[transcript.bell]}`));
    },
  }),
  slashCommand({
    name: "quit",
    args: NO_ARGUMENTS,
    summary: "leave",
    run: (context) => context.quit(),
  }),
];

/** Parses a number of notes, or a position with a `#`. */
function parseHistory(typed: string): { readonly count: number; readonly seq?: number } {
  const text = typed.trim();
  const [, sign, digits] = /^(#?)(\d{1,15})$/.exec(text.replaceAll(",", "")) ?? [];
  const number = text === "" ? HISTORY.fallback : digits === undefined ? NaN : Number(digits);
  if (sign === "#" && number > 0) return { count: 0, seq: number };
  if (sign !== "#" && number >= HISTORY.min && number <= HISTORY.max) return { count: number };
  const hint = number > HISTORY.max ? `, or the position #${number}` : "";
  throw invalidArgument(
    `N "${truncateArgument(text)}" must be a whole number from ${HISTORY_BOUNDS}${hint}`,
  );
}

function parseSearch(typed: string): string[] {
  const words = parseSearchWords(typed);
  if (words.length === 0) throw invalidArgument("WORDS are missing");
  return words;
}

function parseBellMode(typed: string): BellMode | undefined {
  const text = typed.trim();
  if (text === "") return undefined;
  const mode = BELL_MODES.find((mode) => mode === text.toLowerCase());
  if (!mode) throw invalidArgument(`"${truncateArgument(text)}" must be ${formatList(BELL_MODES)}`);
  return mode;
}

/**
 * Finds the person that a typed name means. A name that nobody here has is refused: a typing error
 * must not become a private note to a stranger who uses that name one day. Only the server can
 * decide whether `~ann` has no key, at the time of the note.
 */
function findRecipient(
  typed: string,
  { names, name: self }: Pick<CommandTranscript, "names" | "name">,
): string {
  const known = self === undefined ? names : [...names, self];
  const find = (name: string) => known.find((other) => isSameName(other, name));
  const found = find(typed);
  if (found !== undefined) return found;
  const name = parseGuestName(typed) ?? typed;
  const guest = find(name);
  if (guest !== undefined) return guestName(guest);
  const near = suggest(name, known);
  const hint = near === undefined ? "" : ` (did you mean ${near}?)`;
  throw new ChatError("invalid", `"${name}" is not here and has not spoken lately${hint}`);
}
