import type { JoinOptions } from "../../client.ts";
import { LinePrinter } from "../../client/stream/line_printer.ts";
import { type InputLine, readLines, readWhole } from "../../client/stream/lines.ts";
import { readStdin } from "../../client/stream/stdin.ts";
import { MAX_NOTE_BYTES } from "../../room/note.ts";
import { formatNumber } from "../../text/number.ts";
import { safeJson } from "../../text/safe_json.ts";
import { credentialFlags, type Credentials, withCredentials } from "../credentials/credentials.ts";
import { loadOrMakeIdentity } from "../credentials/load_identity.ts";
import { commonFlags } from "../flags/common.ts";
import { command, type Context } from "../framework/command.ts";
import { EXIT, UsageError } from "../framework/exit.ts";
import { seconds, toggle } from "../framework/flag_kinds.ts";
import type { Flag, Values } from "../framework/flags.ts";
import { type Output, unlessClosed } from "../framework/output.ts";
import { suggestName } from "./join_chat.ts";

const { name, room, server } = commonFlags;

const MAX_BYTES = formatNumber(MAX_NOTE_BYTES);

const text: Flag<string | undefined> = {
  value: "TEXT",
  operand: "optional",
  help: "what to say",
  bounds: `up to ${MAX_BYTES} bytes`,
  fallback: undefined,
  fallbackHelp: "standard input",
  parse: (text) => text,
};

const flags = {
  text,
  name,
  server,
  room,
  ...credentialFlags,
  lines: toggle("send each line of standard input that is not blank as a note, as they come"),
  json: toggle(`print a line for each note that was accepted: {"seq":1,"room":"lobby"}`),
  deadline: seconds({
    help: "how long to wait until a note is accepted",
    alsoCalled: ["timeout"],
    fallback: 10_000,
    min: 0.1,
    max: 3_600,
  }),
};

/** `chat send`. */
export const send = command({
  description:
    `Sends TEXT, waits until the server has accepted it, and exits. Without TEXT it sends standard input as
one note, without the newline at its end; with --lines each line of it, for as long as there are lines.
Nobody sees you come or go. A note has at most ${MAX_BYTES} bytes, or what the server takes.

The deadline is for connecting and being accepted, with all tries; waiting for input does not count. With
--lines it starts anew with each line that is accepted: as long as the server takes lines, a stream may
last for days, and what outlasts a server's restart is a matter of the deadline. What was not accepted
within the deadline may have arrived all the same.`,
  flags,
  examples: [
    ['"the build is green"', "say one thing"],
    ["--name ci --room dev < report.txt", "say a whole file, as one note"],
    ["--lines < report.txt", "say each line of it"],
    ["--json -- -1", "say -1, and tell where it is in the room"],
  ],
  exits: [
    [EXIT.done, "all was accepted"],
    [
      EXIT.failed,
      "the input is not UTF-8, the server failed, or it was stopped before all was accepted",
    ],
    [EXIT.usage, "the command line is wrong, or there is nothing to send"],
    [EXIT.unreachable, "the server cannot be reached, or is no chat server"],
    [EXIT.refused, "the server does not let you in, or is not to be trusted"],
    [EXIT.rejected, "the server did not take a note; with --lines, the others were sent"],
    [EXIT.deadline, "the deadline passed before all was accepted"],
  ],
  run,
});

async function run(values: Values<typeof flags>, context: Context): Promise<number> {
  if (values.text !== undefined && values.lines) {
    throw new UsageError("--lines reads standard input: it takes no TEXT");
  }
  const name = values.name ?? (await import("../credentials/login_name.ts")).loginName();
  return await withCredentials({
    values,
    context,
    identify: loadOrMakeIdentity,
    timeoutMs: values.deadline,
    // Where the note is what is typed, there is no asking for something else.
    stdin: values.text === undefined ? "input" : "nothing",
  }, (credentials) => sendAll(values, context, { name, ...credentials }));
}

async function sendAll(
  values: Values<typeof flags>,
  { output, signal }: Context,
  author: Pick<JoinOptions, "name"> & Credentials,
): Promise<number> {
  const left = new AbortController();
  const notes = values.text === undefined
    ? readNotes(values.lines, left.signal, output)
    : singleNote(values.text);
  const client = await import("../../client.ts");
  const { send } = await import("../../client/stream/send.ts");
  // Nobody reads the output any more, but the notes must still be sent.
  const receipts = new LinePrinter((text) => unlessClosed(output.print(text)));
  const end = await send(notes, {
    join: (onRetry) =>
      client.join({
        room: values.room,
        unlisted: true,
        last: 0,
        ...author,
        timeoutMs: values.deadline,
        onRetry,
        signal: left.signal,
      }).catch(suggestName),
    address: values.server,
    unit: values.lines ? "line" : "note",
    deadlineMs: values.deadline,
    signal,
    left,
    accepted: async ({ seq = null, room }) => {
      if (values.json) await receipts.print(safeJson({ seq, room }));
    },
    report: output.report,
  });
  if (end === "nothing") throw new UsageError("Nothing to send");
  return EXIT[end];
}

async function* singleNote(text: string): AsyncGenerator<InputLine, void> {
  yield { number: 1, text };
}

async function* readNotes(
  lines: boolean,
  signal: AbortSignal,
  output: Output,
): AsyncGenerator<InputLine, void> {
  if (Deno.stdin.isTerminal()) output.report("Reading standard input until Ctrl-D");
  yield* (lines ? readLines : readWhole)(readStdin(signal));
}
