import { DEFAULTS } from "../../../room/defaults.ts";
import { LOBBY } from "../../../room/lobby.ts";
import { escapeName, MAX_NOTE_BYTES, noteLine } from "../../../room/note.ts";
import type { ChatServer } from "../../../server.ts";
import { joinAddress, parseHost } from "../../../text/address.ts";
import { command, type Context } from "../../framework/command.ts";
import { EXIT } from "../../framework/exit.ts";
import { bytes, choice, duration, integer, seconds, toggle } from "../../framework/flag_kinds.ts";
import type { Values } from "../../framework/flags.ts";
import { LossyOutput } from "../../framework/lossy_output.ts";
import { type Output, OutputError, unlessClosed } from "../../framework/output.ts";
import { waitForAbort } from "../../process/wait_for_abort.ts";
import { outputRows } from "../../process/output_rows.ts";
import { catchUncaught } from "../../process/uncaught_errors.ts";
import { gateFlags, readGate, reloadLists } from "./access.ts";
import { boundFlags, boundsOf, FIXED_BOUNDS } from "./bounds.ts";
import { encryptionFlags, readEncryption } from "./encryption.ts";
import { EventLog, formatError, FORMATS, LEVELS } from "./event_log.ts";
import { warnOfExposedFiles } from "./file_permissions.ts";
import { greeting } from "./greeting.ts";
import { metricsFlags } from "./metrics.ts";

const flags = {
  host: {
    value: "HOST",
    help: "where to listen",
    bounds: "an address, a name or unix:PATH",
    fallback: DEFAULTS.host,
    parse: parseHost,
  },
  port: integer({
    value: "PORT",
    help: "port to listen on; 0 picks a free one",
    fallback: DEFAULTS.port,
    fallbackHelp: String(DEFAULTS.port),
    min: 0,
    max: 65_535,
  }),
  "socket-mode": {
    value: "MODE",
    help: "who gets to the Unix socket of --host, as for chmod: 660 lets in its group",
    bounds: "three octal digits",
    fallback: 0o600,
    fallbackHelp: "600",
    parse: (text: string) => {
      if (!/^[0-7]{3}$/.test(text)) throw new RangeError("must be three octal digits, such as 660");
      return parseInt(text, 8);
    },
  },
  data: {
    value: "FILE",
    help: "SQLite file that keeps the notes",
    bounds: ":memory: forgets them at the end",
    file: true,
    fallback: "chat.db",
    parse: (text: string) => text,
  },
  ...encryptionFlags,
  keep: integer({
    value: "NOTES",
    help: "how many notes each room keeps",
    fallback: DEFAULTS.keep,
    min: 1,
    max: 100_000_000,
  }),
  "keep-age": duration({
    help: "how long a note is kept",
    fallback: DEFAULTS.keepAgeMs,
    fallbackHelp: "for ever",
  }),
  "keep-bytes": bytes({
    help: "how much text each room keeps",
    fallback: DEFAULTS.keepBytes,
    fallbackHelp: "1g",
  }),
  "max-rooms": integer({
    value: "ROOMS",
    help: "how many rooms there may be besides the lobby",
    fallback: DEFAULTS.maxRooms,
    min: 1,
    max: 100_000,
  }),
  "max-members": integer({
    value: "MEMBERS",
    help: "how many members a room takes",
    fallback: DEFAULTS.maxMembers,
    min: 1,
    max: 100_000,
  }),
  "max-in-flight": integer({
    value: "NOTES",
    help: "how many posts of a session may wait for their answers",
    fallback: DEFAULTS.maxInFlight,
    min: 1,
    max: 100_000,
  }),
  "max-note-bytes": integer({
    value: "BYTES",
    help: "largest note, in bytes of UTF-8",
    fallback: DEFAULTS.maxNoteBytes,
    min: 1,
    max: MAX_NOTE_BYTES,
  }),
  ...boundFlags,
  ...gateFlags,
  grace: seconds({
    help: "how long to let readers finish when stopping",
    fallback: DEFAULTS.graceMs,
    min: 0,
    max: 3_600,
  }),
  ...metricsFlags,
  quiet: toggle("do not print the notes"),
  log: choice(FORMATS, {
    value: "FORMAT",
    help: "form of the event log on standard error",
    fallback: "text",
  }),
  "log-level": choice(LEVELS, {
    value: "LEVEL",
    help: "least level of what is logged",
    fallback: "info",
  }),
};

/** How long a log that nobody reads may hold up the end, in milliseconds. */
const LAST_LINES_MS = 1_000;

/** `chat serve`. */
export const serve = command({
  description:
    `Serves rooms until it gets SIGINT, SIGQUIT, SIGTERM or SIGHUP (unless that was ignored when it was started, as by
nohup), and prints what is said in them. Rooms are made when somebody joins them, and kept from their first note on;
peers of the original contract are in the room "lobby".

It speaks in plaintext where only this machine gets there (loopback, Unix sockets), and encrypts everywhere
else: with the certificate it is given, or with one of its own, which it makes at the first start and keeps
as FILE.crt and FILE.key beside its data. What it prints is what clients need to know it again.

A name belongs to the first key that joins under it, and nobody else may speak under it or under one that
looks like it. With --members FILE only those keys get in: a public key in base64 or a fingerprint a line (see
chat whoami), behind # a comment; on SIGHUP it reads the file again, and sends those away who are no longer in it.
With --password-file FILE those get in who know the password; with both, members without it. Peers of the original
contract can prove nothing, and get in where everybody does.

Those whose keys are in --operators FILE, a list like that of the members, may send others away, and remove rooms
and names: /kick, /mute, /ban, /names, /release and /remove of chat join. What they do is kept with the notes, and
is in the event log.

The event log on standard error has a line for each event: who joined and left, what was refused, what operators
did, and what went wrong; never a secret, nor what was said. Of refusals it has one of a kind a second, and fewer
as they go on, with how many there were.

How it is, in figures, it tells its operators (chat stats), Prometheus (--metrics) and OpenTelemetry: with
OTEL_DENO=true in the environment Deno sends metrics, and a trace of each post, to where the OTEL_* variables say.

Bounds count for each key; people without a key count together, as one for their network. On Unix sockets they
cannot be told apart: the notes of each of their sessions are bounded, their joins and the posts of the original
contract are not.

${FIXED_BOUNDS}`,
  flags,
  examples: [
    ["", "on this machine, for all who are on it"],
    ["--port 0", "on a port that is free, which it prints"],
    ["--host unix:chat.sock", "on a Unix socket"],
    ["--host 0.0.0.0", "for everybody who gets to this machine, encrypted"],
    ["--data :memory: --quiet", "without a file and without output"],
    ["--keep 100000 --keep-age 90d", "with a bounded history"],
    ["--metrics 9464", "with figures at http://127.0.0.1:9464/metrics"],
  ],
  exits: [
    [EXIT.done, "stopped by a signal"],
    [EXIT.failed, "the address cannot be listened on, or a file cannot be used"],
    [EXIT.usage, "the command line is wrong"],
  ],
  run,
  exitOf: () => EXIT.failed,
});

async function run(values: Values<typeof flags>, context: Context): Promise<number> {
  const { output, program, signal } = context;
  const encryption = readEncryption(values);
  const { log: format, "log-level": level } = values;
  const log = new EventLog({ format, level, write: output.log, now: () => new Date() });
  const { print } = new LossyOutput({
    write: output.print,
    onLoss: (error) => log.add("error", "output", { error: formatError(error) }),
    onRecovery: (lost) => log.add("info", "output", { reason: "it is written again", lost }),
  });
  const library = await import("../../../server.ts");
  const server = await library.serve({
    address: joinAddress(values.host, values.port),
    socketMode: values["socket-mode"],
    ...(values.data !== ":memory:" && { data: values.data }),
    ...encryption,
    keep: values.keep,
    keepAgeMs: values["keep-age"],
    keepBytes: values["keep-bytes"],
    maxRooms: values["max-rooms"],
    maxMembers: values["max-members"],
    maxInFlight: values["max-in-flight"],
    maxNoteBytes: values["max-note-bytes"],
    ...boundsOf(values),
    ...await readGate(values),
    metrics: values.metrics,
    onEvent: (event) => log.record(event),
  });
  if (!server.encryption && !server.isLocal) {
    const reason = "all on the way can read and change what is said (--insecure)";
    log.add("warn", "plaintext", { reason });
  }
  await warnOfExposedFiles(listSecretFiles(values, server), log);
  const rows = await outputRows({ timed: false });
  await context.ready;
  // The last wall: nothing is known to get here, and what does is a fault of ours.
  using _surviving = catchUncaught((error) => log.record({ type: "error", error }));
  await unlessClosed(print(greeting(server, program)));
  using _reloading = reloadLists(server, values, { ...context, log });
  // Not awaited at the end: output that nobody reads must not hold the server up.
  if (!values.quiet) void printNotes(server, print, { rows, log, signal });
  await waitForAbort(signal);
  await server.stop(values.grace);
  await Promise.race([log.flush(), deadline(LAST_LINES_MS)]);
  return EXIT.done;
}

/** The files with secrets in them: what was said, and what the server proves by that it is itself. */
function listSecretFiles(
  { data, "tls-key": tlsKey, "password-file": password }: Values<typeof flags>,
  { encryption }: ChatServer,
): (string | undefined)[] {
  const key = tlsKey ?? encryption?.certFile?.replace(/\.crt$/, ".key");
  return [...(data === ":memory:" ? [] : [data, `${data}-wal`]), key, password];
}

/** Resolves after so many milliseconds. */
function deadline(ms: number): Promise<void> {
  return new Promise((resolve) => Deno.unrefTimer(setTimeout(resolve, ms)));
}

/** How notes are printed. */
interface PrintOptions {
  /** Makes rows of a line. */
  readonly rows: (line: string) => string[];
  /** Where to report what ends the printing. */
  readonly log: EventLog;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Prints what is said. Output that nobody reads any more ends the printing, not the server. */
async function printNotes(
  server: ChatServer,
  print: Output["print"],
  { rows, log, signal }: PrintOptions,
): Promise<void> {
  try {
    for await (const { room, notes } of server.notes(signal)) {
      const place = room === LOBBY ? "" : `#${escapeName(room)} `;
      const printed = notes.flatMap((note) => rows(`${place}${noteLine(note)}`));
      await print(printed.map((row) => `${row}\n`).join(""));
    }
  } catch (error) {
    if (error instanceof OutputError) return;
    log.add("error", "error", { error: `no longer printing: ${formatError(error)}` });
  }
}
