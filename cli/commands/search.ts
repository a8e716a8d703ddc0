import { MAX_WORDS, parseSearchWords, SEARCH_LIMIT } from "../../room/search/search_words.ts";
import { formatNumber } from "../../text/number.ts";
import { credentialFlags } from "../credentials/credentials.ts";
import { loadIdentity } from "../credentials/load_identity.ts";
import { commonFlags, nameValue } from "../flags/common.ts";
import { checkAllRooms, roomListFlag } from "../flags/room_list.ts";
import { sinceFlag } from "../flags/since.ts";
import { colorFlag, notesJsonFlag, timeFlag } from "../flags/style.ts";
import { command, type Context } from "../framework/command.ts";
import { EXIT, UsageError } from "../framework/exit.ts";
import { integer, toggle } from "../framework/flag_kinds.ts";
import type { Flag, Values } from "../framework/flags.ts";
import { waitForAbort } from "../process/wait_for_abort.ts";
import { joinChat } from "./join_chat.ts";

const { server, timeout } = commonFlags;

const words: Flag<readonly string[]> = {
  value: "WORDS",
  operand: "optional",
  several: true,
  help: "what the notes must contain: words or parts of words, and phrases in quotes",
  bounds: `up to ${MAX_WORDS.count}, of up to ${MAX_WORDS.chars} characters`,
  fallback: [],
  fallbackHelp: "all notes, with --name",
  parse: parseSearchWords,
};

const name: Flag<string | undefined> = {
  ...nameValue,
  help: "author of the notes",
  fallback: undefined,
  fallbackHelp: "everybody",
};

const flags = {
  words,
  server,
  room: roomListFlag({ help: "room to search; several with commas" }),
  all: toggle("search all rooms of the server"),
  name,
  since: sinceFlag("oldest note to look at"),
  last: integer({
    value: "NOTES",
    help: "number of the newest notes to print",
    fallback: SEARCH_LIMIT.fallback,
    min: 1,
    max: SEARCH_LIMIT.max,
  }),
  ...credentialFlags,
  timeout,
  json: notesJsonFlag,
  time: timeFlag,
  "no-color": colorFlag,
};

/** `chat search`. */
export const search = command({
  description:
    `Prints the notes of a room that have all of the words, newest first, each with its position: #1042.
A word may be a part of another one, and case does not matter; an argument with spaces is a phrase. Of
several rooms, the notes are printed once all are searched. Private notes are printed only if they are from
or to your key.

--since accepts what it does in chat tail, which prints what was said after a note: chat tail --since 1042
--count 20. In chat join, /history #1042 shows what was around it.`,
  flags,
  examples: [
    ["disk full", "the newest notes of the lobby with both words"],
    ['"disk full" --room dev,ops --since 7d', "with the phrase, in two rooms, of the last week"],
    ["--name ci --last 3 --json", "the last three notes of ci, for a program"],
    ["--all deploy", "with the word, in all rooms"],
  ],
  exits: [
    [EXIT.done, "the search is over, whether notes were found or not"],
    [EXIT.failed, "it was stopped by a signal, or the output cannot be written"],
    [EXIT.usage, "the command line is wrong"],
    [
      EXIT.unreachable,
      "the server cannot be reached, is not a chat server, or limits your searches",
    ],
    [EXIT.refused, "the server does not let you in or is not trusted, or a room does not exist"],
  ],
  run,
});

async function run(values: Values<typeof flags>, context: Context): Promise<number> {
  const { words, name, last: limit, since, all, room: rooms, json, time } = values;
  if (words.length === 0 && name === undefined) {
    throw new UsageError(
      "WORDS are missing: the words to search for, or --name for all notes of a person",
    );
  }
  checkAllRooms(flags.room, values, context);
  const { output, signal } = context;
  const left = new AbortController();
  void waitForAbort(signal).then(() => left.abort());
  try {
    const chat = await joinChat(
      { values, context, identify: loadIdentity, timeoutMs: values.timeout, stdin: "nothing" },
      { room: all ? undefined : rooms[0], unlisted: true, last: 0, signal: left.signal },
    );
    if (!chat) return EXIT.failed;
    const { searchRooms } = await import("../../client/stream/search_rooms.ts");
    const isOne = !all && rooms.length === 1;
    const format = json
      ? (await import("../../room/note_json.ts")).noteJson
      : await (await import("./note_format.ts")).noteFormat({
        time,
        noColor: values["no-color"],
        place: isOne ? "position" : "room and position",
      }, context);
    const found = searchRooms(chat, {
      search: { words, name, since, limit },
      rooms: all ? undefined : rooms,
      left,
    });
    let count = 0;
    let next = await found.next();
    for (; !next.done; next = await found.next()) {
      count++;
      await output.print(`${format(next.value.note, next.value.room)}\n`);
    }
    if (signal.aborted) return EXIT.failed;
    if (count === 0) output.report("no note was found");
    else if (next.value && limit < SEARCH_LIMIT.max) {
      output.report(`these are the newest ${formatNumber(count)}: --last prints more`);
    }
    return EXIT.done;
  } catch (error) {
    if (signal.aborted) return EXIT.failed;
    throw error;
  } finally {
    left.abort();
  }
}
