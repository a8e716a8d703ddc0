import type { JoinOptions } from "../../client.ts";
import type { TailRoomsOptions } from "../../client/stream/tail_rooms.ts";
import { LOBBY, MAX_LAST } from "../../room/defaults.ts";
import { MAX_LISTED_ROOMS } from "../../room/room_list.ts";
import { formatNumber } from "../../text/number.ts";
import { credentialFlags } from "../credentials/credentials.ts";
import { loadIdentity } from "../credentials/load_identity.ts";
import { commonFlags } from "../flags/common.ts";
import { checkAllRooms, roomListFlag } from "../flags/room_list.ts";
import { sinceFlag } from "../flags/since.ts";
import { colorFlag, notesJsonFlag, timeFlag } from "../flags/style.ts";
import { command, type Context } from "../framework/command.ts";
import { EXIT, UsageError } from "../framework/exit.ts";
import { integer, toggle } from "../framework/flag_kinds.ts";
import type { Values } from "../framework/flags.ts";
import { waitForAbort } from "../process/wait_for_abort.ts";
import { type FirstChat, joinFirstChat } from "./join_chat.ts";

const { server, timeout } = commonFlags;

const ALL_ROOMS = formatNumber(MAX_LISTED_ROOMS);

const flags = {
  server,
  room: roomListFlag({ help: "room to read; several with commas" }),
  all: toggle("read all rooms, also those that are made later"),
  ...credentialFlags,
  timeout,
  since: sinceFlag("where to start"),
  last: integer<undefined>({
    value: "NOTES",
    help: "number of the newest notes to start with",
    fallback: undefined,
    fallbackHelp: "all",
    min: 0,
    max: MAX_LAST,
  }),
  count: integer<undefined>({
    value: "NOTES",
    help: "number of notes to exit after",
    fallback: undefined,
    fallbackHelp: "never",
    min: 1,
    max: 1_000_000_000,
  }),
  "until-now": toggle("exit after the newest note at the time of connecting"),
  json: notesJsonFlag,
  time: timeFlag,
  "no-color": colorFlag,
};

/** `chat tail`. */
export const tail = command({
  description:
    `Prints all notes that a room has, and then each new one as it arrives. It only reads: it has no name,
and nobody sees it. It waits for a room that does not exist, and does not create it; with --until-now such a
room is an error. When the connection is lost, it reconnects and continues where it was. Notes go to
standard output, everything else to standard error.

--since accepts a duration (30m, 1h, 7d: that long ago by the server's clock), a time of day, a date, or both
as in ISO 8601, in local time unless there is a Z or an offset; or the position of the first note, as --json
shows it.

Of several rooms, each line of a note begins with its room and a space: #dev [ann] hello. A space in the name
of a room is shown as _. Notes are printed in the order in which they arrive: the old ones room by room, the
new ones as they are posted. --since, --last and --until-now apply to each room, --count to all together.
With --all, a new room is noticed within two seconds, and printed from its first note on; at most ${ALL_ROOMS} rooms
are read. When a room is removed, the others go on.

It exits when nobody reads its output any more. To find that out, with --json and a pipe it writes one
space half a second after the last note. The space is not part of any line, and insignificant in JSON.`,
  flags,
  examples: [
    ["", "follow the lobby"],
    ["--last 10 --time iso", "follow it from the last ten notes on, with times"],
    ["--since 1h --until-now", "print the notes of the last hour"],
    ["--json --room dev | head -3", "print the first three notes of the room dev, for a program"],
    ["--last 0 --count 1", "wait for the next note"],
    ["--room dev,ops --last 10", "follow two rooms"],
    ["--all --last 0", "follow everything that is said"],
  ],
  exits: [
    [
      EXIT.done,
      "everything is printed, it was stopped by a signal, or nobody reads the output any more",
    ],
    [EXIT.failed, "the output cannot be written"],
    [EXIT.usage, "the command line is wrong"],
    [EXIT.unreachable, "the server cannot be reached, or is not a chat server"],
    [
      EXIT.refused,
      "the server does not let you in, is not trusted, has no such room, or cannot start where it was asked to; of several rooms, once it has ended all",
    ],
  ],
  run,
});

async function run(values: Values<typeof flags>, context: Context): Promise<number> {
  const { since, last } = values;
  if (since !== undefined && last !== undefined) {
    throw new UsageError("--since and --last both set the start: give only one of them");
  }
  checkAllRooms(flags.room, values, context);
  const { signal } = context;
  const left = new AbortController();
  void waitForAbort(signal).then(() => left.abort());
  try {
    const print = await joinFirstRoom(values, context, left);
    // A stalled reader must not delay the exit. A prompt for a password ends its line first.
    if (print) await Promise.race([print(), waitForAbort(signal)]);
    return EXIT.done;
  } finally {
    left.abort();
  }
}

type TailValues = Values<typeof flags>;

/**
 * Joins the first room, or asks for the list of rooms. Returns what prints the notes of all rooms
 * until `left` is aborted or all have ended; undefined if it was aborted before.
 */
async function joinFirstRoom(
  values: TailValues,
  context: Context,
  left: AbortController,
): Promise<(() => Promise<void>) | undefined> {
  const { all, room: [room = LOBBY, ...others] } = values;
  const isSingle = !all && others.length === 0;
  const credentials = {
    values,
    context,
    identify: loadIdentity,
    timeoutMs: values.timeout,
    stdin: "nothing",
  } as const;
  if (isSingle) {
    const first = await joinFirstChat(credentials, joining(values, room, left.signal));
    if (!first) return;
    const { tail } = await import("../../client/stream/tail.ts");
    const options = await tailOptions(values, context, left);
    return () => tail(first.chat, options);
  }
  const { SharedConnections } = await import("../../client.ts");
  const { tailAll } = await import("../../client/stream/tail_all.ts");
  const sessions = all ? MAX_LISTED_ROOMS : values.room.length;
  const first = await joinFirstChat(
    credentials,
    all ? listing(left.signal) : joining(values, room, left.signal),
    new SharedConnections({ sessions }),
  );
  if (!first) return;
  const options = await tailOptions(values, context, left);
  if (!all) return () => printSeveral(first, values, options);
  return () =>
    tailAll(first.chat, {
      ...options,
      joinRoom: (room, { isNew, signal }) =>
        first.joinMore({
          ...joining(isNew ? { ...values, last: undefined } : values, room, signal),
          wait: false,
        }),
    });
}

/** Joins the other rooms of `--room`, and prints the notes of all. */
async function printSeveral(
  first: FirstChat,
  values: TailValues,
  options: TailRoomsOptions,
): Promise<void> {
  const { ConnectionReport } = await import("../../client/stream/connection_report.ts");
  const { tailRooms } = await import("../../client/stream/tail_rooms.ts");
  const { left, report } = options;
  const [room = LOBBY, ...others] = values.room;
  try {
    const joined = await Promise.all(others.map(async (room) => {
      const connection = new ConnectionReport(report);
      const onRetry: JoinOptions["onRetry"] = (failure) => connection.record(failure);
      const options = joining(values, room, left.signal);
      return [room, await first.joinMore({ ...options, onRetry })] as const;
    }));
    return await tailRooms(new Map([[room, first.chat], ...joined]), options);
  } catch (error) {
    if (left.signal.aborted && error === left.signal.reason) return;
    throw error;
  }
}

/** The options for reading one of the rooms. */
function joining(
  { since, last, "until-now": untilNow }: Pick<TailValues, "since" | "last" | "until-now">,
  room: string,
  signal: AbortSignal,
) {
  return {
    room,
    unlisted: true,
    ...(since && { since }),
    ...(last !== undefined && { last }),
    wait: !untilNow,
    untilNow,
    signal,
  };
}

/** The options for asking which rooms there are. */
function listing(signal: AbortSignal) {
  return { room: LOBBY, unlisted: true, last: 0, signal };
}

async function tailOptions(
  values: TailValues,
  context: Context,
  left: AbortController,
): Promise<TailRoomsOptions> {
  const { json, all, room, time, last, count, "no-color": noColor, "until-now": untilNow } = values;
  const { print, report } = context.output;
  const isLabelled = all || room.length > 1;
  return {
    format: json
      ? (await import("../../room/note_json.ts")).noteJson
      : await (await import("./note_format.ts")).noteFormat({ time, noColor, isLabelled }, context),
    print,
    report,
    count,
    untilNow,
    needsPositions: last !== undefined,
    // A tail that exits by itself does not need to know, and prints nothing after its last line.
    probe: json && !untilNow && await writesToPipe(),
    left,
  };
}

async function writesToPipe(): Promise<boolean> {
  const { fstatSync } = await import("node:fs");
  return fstatSync(1).isFIFO();
}
