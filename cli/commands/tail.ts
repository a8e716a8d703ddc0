import type { ShownNote } from "../../client/chat.ts";
import { credentialFlags } from "../credentials/credentials.ts";
import { loadIdentity } from "../credentials/load_identity.ts";
import { commonFlags } from "../flags/common.ts";
import { parseSince, type Since, SINCE_BOUNDS } from "../../text/since.ts";
import { colorFlag, terminalStyle, timeFlag } from "../flags/style.ts";
import { command, type Context } from "../framework/command.ts";
import { EXIT, UsageError } from "../framework/exit.ts";
import { integer, toggle } from "../framework/flag_kinds.ts";
import type { Flag, Values } from "../framework/flags.ts";
import { waitForAbort } from "../process/wait_for_abort.ts";
import { joinChat } from "./join_chat.ts";

const { server, timeout } = commonFlags;
const room = { ...commonFlags.room, help: "room to read" };

const since: Flag<Since | undefined> = {
  value: "TIME|SEQ",
  help: "where to start",
  bounds: SINCE_BOUNDS,
  fallback: undefined,
  fallbackHelp: "all",
  parse: (text) => parseSince(text),
};

const flags = {
  server,
  room,
  ...credentialFlags,
  timeout,
  since,
  last: integer<undefined>({
    value: "NOTES",
    help: "number of the newest notes to start with",
    fallback: undefined,
    fallbackHelp: "all",
    min: 0,
    max: 1_000_000,
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
  json: toggle("print each note as a line of JSON: seq, time, room, name, kind, message, verified"),
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

It exits when nobody reads its output any more. To find that out, with --json and a pipe it writes one
space half a second after the last note. The space is not part of any line, and insignificant in JSON.`,
  flags,
  examples: [
    ["", "follow the lobby"],
    ["--last 10 --time iso", "follow it from the last ten notes on, with times"],
    ["--since 1h --until-now", "print the notes of the last hour"],
    ["--json --room dev | head -3", "print the first three notes of the room dev, for a program"],
    ["--last 0 --count 1", "wait for the next note"],
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
      "the server does not let you in, is not trusted, or cannot start where it was asked to",
    ],
  ],
  run,
});

async function run(values: Values<typeof flags>, context: Context): Promise<number> {
  const { since, last } = values;
  if (since !== undefined && last !== undefined) {
    throw new UsageError("--since and --last both set the start: give only one of them");
  }
  const { output, signal } = context;
  const left = new AbortController();
  void waitForAbort(signal).then(() => left.abort());
  try {
    const chat = await joinChat({
      values,
      context,
      identify: loadIdentity,
      timeoutMs: values.timeout,
      stdin: "nothing",
    }, {
      room: values.room,
      unlisted: true,
      ...(since && { since }),
      ...(last !== undefined && { last }),
      wait: !values["until-now"],
      untilNow: values["until-now"],
      signal: left.signal,
    });
    if (!chat) return EXIT.done;
    const { tail } = await import("../../client/stream/tail.ts");
    const { json } = values;
    const printing = tail(chat, {
      format: json
        ? (await import("../../room/note_json.ts")).noteJson
        : await chooseFormat(values, context),
      print: output.print,
      report: output.report,
      count: values.count,
      needsPositions: last !== undefined,
      // A tail that exits by itself does not need to know, and prints nothing after its last line.
      probe: json && !values["until-now"] && await writesToPipe(),
      left,
    });
    await Promise.race([printing, waitForAbort(signal)]); // A stalled reader must not delay the exit.
    return EXIT.done;
  } finally {
    left.abort();
  }
}

async function chooseFormat(
  values: Values<typeof flags>,
  { env }: Context,
): Promise<(note: ShownNote) => string> {
  const onTerminal = Deno.stdout.isTerminal();
  const [{ renderNote }, { DateLines }, { outputRows }, { style, PLAIN }] = await Promise.all([
    import("../../client/render/render.ts"),
    import("../../client/render/date_lines.ts"),
    import("../process/output_rows.ts"),
    import("../../client/render/style.ts"),
  ]);
  const view = {
    time: values.time ?? (onTerminal ? "hm" : "off"),
    style: onTerminal ? style(terminalStyle(values["no-color"], env)) : PLAIN,
  };
  const rows = await outputRows({ timed: view.time !== "off" });
  const dates = view.time === "hm" ? new DateLines(Date.now()) : undefined; // The others need none.
  return (note: ShownNote) => {
    const date = dates?.before(note.time);
    const lines = date ? [view.style.dim(date.text)] : [];
    return [...lines, renderNote(note, view).join("\n")].flatMap(rows).join("\n");
  };
}

async function writesToPipe(): Promise<boolean> {
  const { fstatSync } = await import("node:fs");
  return fstatSync(1).isFIFO();
}
