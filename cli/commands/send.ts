import type { JoinOptions } from "../../client.ts";
import type { SayOptions } from "../../client/chat.ts";
import { LinePrinter } from "../../client/stream/line_printer.ts";
import { type InputLine, readLines, readWhole } from "../../client/stream/lines.ts";
import { readStdin } from "../../client/stream/stdin.ts";
import { DEFAULTS } from "../../room/defaults.ts";
import { checkRecipient, MAX_NOTE_BYTES, NAME_FORM } from "../../room/note.ts";
import { formatNumber } from "../../text/number.ts";
import { safeJson } from "../../text/safe_json.ts";
import { credentialFlags, type Credentials, withCredentials } from "../credentials/credentials.ts";
import { loadOrMakeIdentity } from "../credentials/load_identity.ts";
import { commonFlags } from "../flags/common.ts";
import { command, type Context } from "../framework/command.ts";
import { EXIT, UsageError } from "../framework/exit.ts";
import { toggle } from "../framework/flag_kinds.ts";
import type { Flag, Values } from "../framework/flags.ts";
import { type Output, unlessClosed } from "../framework/output.ts";
import { suggestName } from "./join_chat.ts";

const { name, room, server } = commonFlags;

const [USUAL_BYTES, MAX_BYTES] = [DEFAULTS.maxNoteBytes, MAX_NOTE_BYTES].map(formatNumber);

const text: Flag<string | undefined> = {
  value: "TEXT",
  operand: "optional",
  help: "text to send",
  bounds: `up to ${MAX_BYTES} bytes`,
  fallback: undefined,
  fallbackHelp: "standard input",
  parse: (text) => text,
};

const to: Flag<string | undefined> = {
  value: "NAME",
  help: "send privately to this person alone; ~NAME is one without a key",
  bounds: NAME_FORM,
  fallback: undefined,
  fallbackHelp: "everybody",
  parse: (to) => {
    checkRecipient("whisper", to);
    return to;
  },
};

const flags = {
  text,
  to,
  me: toggle("send an action: * ann waves"),
  name,
  server,
  room,
  ...credentialFlags,
  lines: toggle("send each line of standard input that is not blank as a note, as it arrives"),
  json: toggle(`print a line for each accepted note: {"seq":1,"room":"lobby"}`),
  timeout: {
    ...commonFlags.timeout,
    help: "time to wait for a note to be accepted",
    aliases: ["deadline"],
  },
};

/** `chat send`. */
export const send = command({
  description:
    `Sends TEXT, waits until the server has accepted it, and exits. Without TEXT it sends standard input as
one note, without a trailing newline; with --lines, each line as one note until the input ends. Nobody
sees you join or leave. A server accepts notes of up to ${USUAL_BYTES} bytes, unless it sets another limit of
at most ${MAX_BYTES}.

With --to each note is private. The person must be in the room, or own the name; an owner who is away can
read it there later, and a line on standard error says so. Otherwise the server refuses the note.

It speaks with your key, if there is one (see chat whoami), and makes one at a terminal only. Without a key
no name is yours.

An empty note is an error. With --lines, blank lines are skipped, and input without any line to send is no
error.

The time of --timeout includes connecting and all attempts, but not waiting for input. With --lines it
starts again after each accepted line: a stream may last for days, and survives a server restart that is
shorter. A note that was not accepted in time may have arrived nevertheless.`,
  flags,
  examples: [
    ['"the build is green"', "send one note"],
    ["--name ci --room dev < report.txt", "send a whole file as one note"],
    ["--lines < report.txt", "send each line of a file"],
    ['--to ann "your build is done"', "send a private note"],
    ['--name ci --me "is building main"', "send an action: * ci is building main"],
    ["--json -- -1", "send -1, and print its position in the room"],
  ],
  exits: [
    [EXIT.done, "everything was accepted"],
    [
      EXIT.failed,
      "the input is not UTF-8, the server failed, or it was stopped before everything was accepted",
    ],
    [EXIT.usage, "the command line is wrong, or the note is empty"],
    [EXIT.unreachable, "the server cannot be reached, or is not a chat server"],
    [EXIT.refused, "the server does not let you in, or is not trusted"],
    [
      EXIT.rejected,
      "the server refused a note, as when the person of --to is not there; with --lines, the others were sent",
    ],
    [EXIT.deadline, "the time of --timeout passed before everything was accepted"],
  ],
  run,
});

async function run(values: Values<typeof flags>, context: Context): Promise<number> {
  if (values.text !== undefined && values.lines) {
    throw new UsageError("--lines reads standard input: omit TEXT");
  }
  if (values.to !== undefined && values.me) {
    throw new UsageError("An action is for everybody: omit --me or --to");
  }
  const name = values.name ?? (await import("../credentials/login_name.ts")).loginName();
  return await withCredentials({
    values,
    context,
    identify: loadOrMakeIdentity,
    timeoutMs: values.timeout,
    // While a note is typed, nothing else can be asked for.
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
  // Once nobody reads the output, the notes must still be sent.
  const receipts = new LinePrinter((text) => unlessClosed(output.print(text)));
  const end = await send(notes, {
    join: (onRetry) =>
      client.join({
        room: values.room,
        unlisted: true,
        last: 0,
        ...author,
        timeoutMs: values.timeout,
        onRetry,
        signal: left.signal,
      }).catch(suggestName),
    addresses: values.server,
    manner: toManner(values),
    unit: values.lines ? "line" : "note",
    deadlineMs: values.timeout,
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

function toManner({ to, me }: Pick<Values<typeof flags>, "to" | "me">): SayOptions {
  return to === undefined ? { kind: me ? "action" : "said" } : { kind: "whisper", to };
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
