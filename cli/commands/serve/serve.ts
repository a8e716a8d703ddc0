import { LOBBY } from "../../../room/defaults.ts";
import { escapeName, noteLine } from "../../../room/note.ts";
import type { ChatServer } from "../../../server.ts";
import { escapeText } from "../../../text/escape.ts";
import { readCluster } from "../../credentials/read_cluster.ts";
import { clusterFlags } from "../../flags/cluster.ts";
import { command, type Context } from "../../framework/command.ts";
import { EXIT, UsageError } from "../../framework/exit.ts";
import { inGroup, type Values } from "../../framework/flags.ts";
import { LossyOutput } from "../../framework/lossy_output.ts";
import { type Output, OutputError, unlessClosed } from "../../framework/output.ts";
import { outputRows } from "../../process/output_rows.ts";
import { catchUncaught } from "../../process/uncaught_errors.ts";
import { waitForAbort } from "../../process/wait_for_abort.ts";
import { accessFlags, readAccess, reloadLists } from "./access.ts";
import { EventLog, formatError } from "./event_log.ts";
import { warnOfExposedFiles } from "./file_permissions.ts";
import { greeting } from "./greeting.ts";
import { boundFlags, boundOptions, fixedLimits } from "./limits.ts";
import { networkFlags, networkOptions } from "./network.ts";
import { observingFlags } from "./observing.ts";

const flags = {
  ...networkFlags,
  ...accessFlags,
  ...inGroup("Storage", {
    data: {
      value: "FILE",
      help: "SQLite file to keep the notes in",
      bounds: ":memory: keeps them until the server stops",
      file: true,
      fallback: undefined,
      fallbackHelp: "chat.db; :memory: with --cluster",
      parse: (text: string): string | undefined => text,
    },
  }),
  ...clusterFlags,
  ...boundFlags,
  ...observingFlags,
};

/** The value of --data that keeps the notes in memory. */
const MEMORY = ":memory:";

/** Why a server of several does not make its own certificate. */
const ONE_CERTIFICATE = "--cluster with TLS needs --tls-cert and --tls-key: " +
  "clients must see one certificate on all servers";

/** The longest delay of the end by a log that nobody reads, in milliseconds. */
const LAST_LINES_MS = 1_000;

/** `chat serve`. */
export const serve = command({
  description:
    `Serves rooms until it receives SIGINT, SIGQUIT, SIGTERM or SIGHUP (a SIGHUP that was ignored at the start, as by
nohup, stays ignored), and prints the notes of all rooms. A room is created when someone joins it, and kept from its
first note on. Older clients (the Python chat) are in the room "lobby".

Connections are in plaintext if only this machine can reach the address (loopback, Unix sockets), and encrypted
otherwise. The server uses the given certificate or creates its own at the first start, and keeps it as FILE.crt and
FILE.key beside its data. At each start it prints the fingerprint by which clients recognize it. With --cluster, clients
must see one certificate on all servers: give --tls-cert and --tls-key.

A name belongs to the first key that joins under it. Nobody else may use that name, or one that looks like it. With
--members FILE, only the listed keys may join: each line has a public key in base64 or a fingerprint (see chat whoami),
and # starts a comment. On SIGHUP the server reads the file again, and disconnects users who have been removed.
With --password-file FILE, everyone who knows the password may join; with both, members join without it. Older clients
cannot prove who they are, and may join only if everyone may.

Operators are the users whose keys are listed in --operators FILE, in the same format. They may remove users, rooms and
names with the commands /kick, /mute, /ban, /owners, /release and /remove of chat join. Their actions are stored with the
notes and written to the event log.

The event log on standard error has a line for each event: joins and leaves, refusals, actions of operators,
and errors. It never contains secrets or messages. Refusals of the same kind are logged at most once a second, and less
often while they continue, with the number of suppressed ones.

Statistics are available to operators (chat stats), to Prometheus (--metrics) and through OpenTelemetry: with
OTEL_DENO=true in the environment, Deno exports metrics and a trace of each post as the OTEL_* variables configure.

The limits per person apply to each key. Users without a key share the limits of one person per network. On Unix sockets
they cannot be distinguished: their notes are limited per session, but their joins and the posts of older clients are not limited.`,
  flags,
  sections: [fixedLimits],
  examples: [
    ["", "on this machine, for all its users"],
    ["--port 0", "on a free port, which it prints"],
    ["--host unix:chat.sock", "on a Unix socket"],
    ["--host 0.0.0.0", "for everyone who can reach this machine, encrypted"],
    ["--data :memory: --quiet", "without a file and without output"],
    ["--keep 100000 --keep-age 90d", "with a limited history"],
    ["--metrics 9464", "with metrics at http://127.0.0.1:9464/metrics"],
  ],
  exits: [
    [EXIT.done, "stopped by a signal"],
    [EXIT.failed, "cannot listen on the address, or cannot use a file"],
    [EXIT.usage, "the command line is wrong"],
    [EXIT.lost, "the engine of --cluster has lost notes that were accepted"],
  ],
  run,
  exitOf: (code) => code === "lost" ? EXIT.lost : EXIT.failed,
});

async function run(values: Values<typeof flags>, context: Context): Promise<number> {
  const { output, program, signal } = context;
  const network = networkOptions(values);
  const cluster = await readCluster(values);
  const data = values.data ?? (cluster ? MEMORY : "chat.db");
  const { log: format, "log-level": level } = values;
  const log = new EventLog({ format, level, write: output.log, now: () => new Date() });
  const { print } = new LossyOutput({
    write: output.print,
    onLoss: (error) => log.add("error", "output", { error: formatError(error) }),
    onRecovery: (lost) => log.add("info", "output", { reason: "notes are printed again", lost }),
  });
  const library = await import("../../../server.ts");
  if (cluster && await library.makesOwnCertificate(network)) throw new UsageError(ONE_CERTIFICATE);
  const server = await library.serve({
    ...network,
    ...await readAccess(values),
    ...boundOptions(values),
    ...(data !== MEMORY && { data }),
    cluster,
    metrics: values.metrics,
    onEvent: (event) => log.record(event),
  });
  if (!server.encryption && !server.isLocal) {
    const reason = "anyone on the network path can read and change messages (--insecure)";
    log.add("warn", "plaintext", { reason });
  }
  await warnOfExposedFiles(listSecretFiles({ ...values, data }, server), log);
  const rows = await outputRows({ timed: false });
  await context.ready?.();
  // The last resort: no error is known to get here, and one that does is a bug.
  using _surviving = catchUncaught((error) => log.record({ type: "error", error }));
  await unlessClosed(
    print(greeting(server, { program, asksPassword: values["password-file"] !== undefined })),
  );
  using _reloading = reloadLists(server, values, { ...context, log });
  // Not awaited at the end: output that nobody reads must not delay the server.
  if (!values.quiet) void printNotes(server, print, { rows, log, signal });
  const failure = await Promise.race([waitForAbort(signal).then(() => undefined), server.stopped]);
  await server.stop();
  await Promise.race([log.flush(), deadline(LAST_LINES_MS)]);
  if (!failure) return EXIT.done;
  output.report(`error: ${escapeText(failure.message)}`);
  return EXIT.lost;
}

/**
 * The files with secrets in them: the notes, the keys of the certificates, the password and the
 * credentials.
 */
function listSecretFiles(
  { data, "tls-key": tlsKey, "password-file": password, ...cluster }: Values<typeof flags>,
  { encryption }: ChatServer,
): (string | undefined)[] {
  const key = tlsKey ?? encryption?.certFile?.replace(/\.crt$/, ".key");
  const files = data === MEMORY ? [] : [data, `${data}-wal`];
  return [...files, key, password, cluster["cluster-creds"], cluster["cluster-key"]];
}

/** Resolves after `ms` milliseconds. */
function deadline(ms: number): Promise<void> {
  return new Promise((resolve) => Deno.unrefTimer(setTimeout(resolve, ms)));
}

/** The options for printing notes. */
interface PrintOptions {
  /** Breaks a line into rows. */
  readonly rows: (line: string) => string[];
  /** Called with an error that ends the printing. */
  readonly log: EventLog;
  /** Ends the printing. */
  readonly signal: AbortSignal;
}

/**
 * Prints notes as they are said. Output that nobody reads any more ends the printing, not the
 * server.
 */
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
    log.add("error", "error", { error: `stopped printing: ${formatError(error)}` });
  }
}
