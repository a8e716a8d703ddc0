import type { ShownNote } from "../../client/chat.ts";
import { credentialFlags } from "../credentials/credentials.ts";
import { loadIdentity } from "../credentials/load_identity.ts";
import { commonFlags } from "../flags/common.ts";
import { parseSince, type Since, SINCE_BOUNDS } from "../flags/since.ts";
import { colorFlag, terminalStyle, timeFlag } from "../flags/style.ts";
import { command, type Context } from "../framework/command.ts";
import { EXIT, UsageError } from "../framework/exit.ts";
import { integer, toggle } from "../framework/flag_kinds.ts";
import type { Flag, Values } from "../framework/flags.ts";
import { waitForAbort } from "../process/wait_for_abort.ts";
import { joinChat } from "./join_chat.ts";

const { server, room, timeout } = commonFlags;

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
    help: "with how many of the newest notes to start",
    fallback: undefined,
    fallbackHelp: "all",
    min: 0,
    max: 1_000_000,
  }),
  count: integer<undefined>({
    value: "NOTES",
    help: "after how many notes to exit",
    fallback: undefined,
    fallbackHelp: "never",
    min: 1,
    max: 1_000_000_000,
  }),
  "until-now": toggle("exit after the newest note that there is at connecting"),
  json: toggle("print each note as a line of JSON: seq, time, room, name, kind, message, verified"),
  time: timeFlag,
  "no-color": colorFlag,
};

/** `chat tail`. */
export const tail = command({
  description:
    `Prints the notes of a room, all that it has kept, and goes on as they come. It only reads: it has no
name, and nobody sees it. When the connection is lost it comes back and goes on where it was. Notes go to
standard output, everything else to standard error.

--since takes a span of time (30m, 1h, 7d: so long ago), a time of day, a date, or both as in ISO 8601,
local unless it says Z or an offset; or the position of the first note, as --json shows it.

It ends when nobody reads its output any more. With --json and a pipe it finds that out by itself: half a
second after a note it writes one space, once, which belongs to no line and means nothing in JSON.`,
  flags,
  examples: [
    ["", "follow the lobby"],
    ["--last 10 --time iso", "the same, from the last ten notes on, with times"],
    ["--since 1h --until-now", "what was said in the last hour"],
    ["--json --room dev | head -3", "the first three notes of the room dev, for a program"],
    ["--last 0 --count 1", "wait for somebody to say something"],
  ],
  exits: [
    [
      EXIT.done,
      "stopped by a signal or the end of its reader, or all that was asked for is printed",
    ],
    [EXIT.failed, "the output cannot be written"],
    [EXIT.usage, "the command line is wrong"],
    [EXIT.unreachable, "the server cannot be reached, or is no chat server"],
    [
      EXIT.refused,
      "the server does not let you in, is not to be trusted, or cannot start where it was asked to",
    ],
  ],
  run,
});

async function run(values: Values<typeof flags>, context: Context): Promise<number> {
  const { since, last } = values;
  if (since !== undefined && last !== undefined) {
    throw new UsageError("--since and --last both say where to start: give one of them");
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
      untilNow: values["until-now"],
      signal: left.signal,
    });
    if (!chat) return EXIT.done;
    const { tail } = await import("../../client/stream/tail.ts");
    const { json } = values;
    const printing = tail(chat, {
      format: json
        ? (await import("../../client/render/json.ts")).noteJson
        : await chooseFormat(values, context),
      print: output.print,
      report: output.report,
      count: values.count,
      needsPositions: last !== undefined,
      // What ends by itself has no need to know, and says nothing behind its last line.
      probe: json && !values["until-now"] && await writesToPipe(),
      left,
    });
    await Promise.race([printing, waitForAbort(signal)]); // A reader that stands still holds nobody up.
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
  const [{ renderNote }, { outputRows }, { style, PLAIN }] = await Promise.all([
    import("../../client/render/render.ts"),
    import("../process/output_rows.ts"),
    import("../../client/render/style.ts"),
  ]);
  const view = {
    time: values.time ?? (onTerminal ? "hm" : "off"),
    style: onTerminal ? style(terminalStyle(values["no-color"], env)) : PLAIN,
  };
  const rows = await outputRows({ timed: view.time !== "off" });
  return (note: ShownNote) => renderNote(note, view).flatMap(rows).join("\n");
}

async function writesToPipe(): Promise<boolean> {
  const { fstatSync } = await import("node:fs");
  return fstatSync(1).isFIFO();
}
