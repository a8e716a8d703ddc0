import { isSameName, NAME_FORM, parseGuestName } from "../../../room/note.ts";
import { parseSearchWords } from "../../../room/search/search_words.ts";
import { MAX_TOPIC_CHARS } from "../../../room/topic.ts";
import { formatList } from "../../../text/list.ts";
import { remark } from "../../render/render.ts";
import { topicLine } from "../../render/topic.ts";
import {
  invalidArgument,
  NAME,
  NO_ARGUMENTS,
  OPEN_ROOM,
  PERSON_AND_TEXT,
  ROOMS,
  TEXT,
  truncateArgument,
} from "./arguments.ts";
import { BELL_MODES, type BellMode } from "./bell_mode.ts";
import { findRecipient } from "./find_recipient.ts";
import { helpLines, helpOnCommand } from "./help.ts";
import { HISTORY, HISTORY_BOUNDS } from "./history_bounds.ts";
import { findOpenRoom, openRoomLines } from "./open_room.ts";
import { OWN_NAME_COMMANDS } from "./own_names.ts";
import {
  type CommandContext,
  type OpenRoom,
  type SlashCommand,
  slashCommand,
} from "./slash_command.ts";
import { BELL_WORDS, roomLines, whoIsHere } from "./status_lines.ts";
import { TALK_COMMANDS } from "./talk.ts";

/** What removes the topic: the second one is how users of irssi do it. */
const REMOVES_TOPIC = ["-", "-delete"];

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
    aliases: ["names"],
    suggestedFor: ["whois", "w"],
    args: { usage: "", parse: (typed) => typed.trim() },
    summary: "list the people here",
    run: (context, unexpected) => {
      const { transcript, connected, ignored } = context;
      checkNoNames(unexpected, transcript.operator);
      context.print(remark(whoIsHere(transcript, connected, ignored)));
    },
  }),
  slashCommand({
    name: "nick",
    args: NAME,
    summary: "change your name",
    details: `NAME is ${NAME_FORM}.`,
    run: (context, name) => context.rename(name),
  }),
  ...OWN_NAME_COMMANDS,
  slashCommand({
    name: "me",
    args: TEXT,
    summary: "post an action: * ann waves",
    run: (context, text) => {
      const { queried } = context;
      if (queried === undefined) return context.say(text, { kind: "action" });
      const why = `An action is for everybody, not for ${queried} alone`;
      throw invalidArgument(`${why}: /query returns to everybody`);
    },
  }),
  slashCommand({
    name: "msg",
    suggestedFor: ["whisper", "tell", "dm", "pm"],
    args: PERSON_AND_TEXT,
    isPrivate: true,
    summary: "send a private note to one person",
    details:
      "NAME is a person in the room, or one who has spoken there lately; quote a name that " +
      'contains spaces: /msg "Kim Min" hello. The owner of a name also gets the note later; ' +
      "~NAME gets it now or never: /msg ~ann hello is only for an ann without a key. A person who is " +
      "not here but in another one of your rooms gets it there.",
    run: async (context, { name, text }) => {
      const { room, transcript } = findPlace(name, context);
      await context.say(text, { kind: "whisper", to: findRecipient(name, transcript) }, room);
    },
  }),
  ...TALK_COMMANDS,
  slashCommand({
    name: "join",
    aliases: ["j"],
    args: ROOMS,
    summary: "join another room, which is created if necessary",
    details:
      `ROOM is ${NAME_FORM}. The rooms that you are in stay open: Alt-1 to Alt-9 and /room ` +
      "switch between them.",
    run: (context, rooms) => context.join(rooms),
  }),
  slashCommand({
    name: "room",
    args: OPEN_ROOM,
    summary: "switch to an open room, or list them",
    details:
      "ROOM is a name, the start of one, or a number; Alt-1 to Alt-9 do the same. The list " +
      "says what is new in each room.",
    run: (context, typed) => {
      const { openRooms, current } = context;
      if (typed === "") context.print(...openRoomLines(openRooms, current));
      else context.view(findOpenRoom(openRooms, typed).room);
    },
  }),
  slashCommand({
    name: "part",
    suggestedFor: ["leave"],
    args: OPEN_ROOM,
    summary: "leave this room, or another open one",
    run: (context, typed) => {
      const { openRooms, current } = context;
      context.part(typed === "" ? current.room : findOpenRoom(openRooms, typed).room);
    },
  }),
  slashCommand({
    name: "rooms",
    aliases: ["list"],
    suggestedFor: ["channels"],
    args: NO_ARGUMENTS,
    summary: "list the rooms",
    run: async (context) =>
      context.print(...roomLines(await context.rooms(), context.openRooms, context.current)),
  }),
  slashCommand({
    name: "topic",
    args: {
      usage: "[TEXT]",
      isMessage: true,
      parse: (typed) => {
        const text = typed.trim();
        return text === "" ? undefined : REMOVES_TOPIC.includes(text) ? "" : text;
      },
    },
    summary: "show the topic, or set it; /topic - removes it",
    details:
      `TEXT has up to ${MAX_TOPIC_CHARS} characters. Everybody in the room sees the change, ` +
      "and the server keeps it for people who join later. You need a key, which chat join " +
      "generates. Operators may lock the topic; then only they can set it.",
    run: async (context, text) => {
      if (text === undefined) context.print(topicLine(context.transcript.topic));
      else await context.setTopic(text);
    },
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
    suggestedFor: ["lastlog", "grep", "find"],
    args: { usage: "WORDS", parse: parseSearch },
    summary: "find the newest notes with all of the words",
    details:
      "A word may be a part of another one, and case does not matter. Quotes make a phrase: " +
      '/search "disk full" ann. Among private notes, only yours are found. /history #SEQ shows ' +
      "what was around a note.",
    run: (context, words) => context.search(words),
  }),
  slashCommand({
    name: "quiet",
    args: NO_ARGUMENTS,
    summary: "hide joins and leaves, or show them again",
    run: (context) => {
      const { settings } = context;
      settings.quiet = !settings.quiet;
      context.print(remark(`joins and leaves are ${settings.quiet ? "hidden" : "shown"}`));
    },
  }),
  slashCommand({
    name: "bell",
    args: { usage: `[${BELL_MODES.join("|")}]`, completes: BELL_MODES, parse: parseBellMode },
    summary: "ring for no notes, for mentions of you, or for all",
    details: "Without an argument, /bell shows the current setting. A private note to you counts " +
      "as a mention.",
    run: (context, mode) => {
      const { settings } = context;
      settings.bell = mode ?? settings.bell;
      context.print(remark(`the bell rings for: ${BELL_WORDS[settings.bell]}`));
    },
  }),
  slashCommand({
    name: "clear",
    suggestedFor: ["cls"],
    args: NO_ARGUMENTS,
    summary: "clear the screen",
    details:
      "Ctrl-L does the same at a terminal. /history shows the notes again, and nothing else " +
      "is forgotten.",
    run: (context) => context.clear(),
  }),
  slashCommand({
    name: "quit",
    aliases: ["exit"],
    suggestedFor: ["bye", "disconnect"],
    args: NO_ARGUMENTS,
    summary: "leave",
    run: (context) => context.quit(),
  }),
];

/**
 * Refuses arguments of /who. Operators may mean the former /names.
 *
 * @throws {ChatError} `invalid`, if there are any.
 */
function checkNoNames(unexpected: string, operator: boolean | undefined): void {
  if (unexpected === "") return;
  const shown = truncateArgument(unexpected);
  const hint = operator ? `: to list owned names, type /owners ${shown}` : "";
  throw invalidArgument(`Unexpected argument "${shown}"${hint}`);
}

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

/** Finds the room in which a typed name is a member: the one in view, or else another open one. */
function findPlace(typed: string, { current, openRooms }: CommandContext): OpenRoom {
  const name = parseGuestName(typed) ?? typed;
  const isThere = ({ transcript: { members } }: OpenRoom) =>
    members.some((member) => isSameName(member.name, name));
  return [current, ...openRooms].find(isThere) ?? current;
}
