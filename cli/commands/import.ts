import { readStdin } from "../../client/stream/stdin.ts";
import { ChatError } from "../../room/errors.ts";
import type { Imported } from "../../server/archive/archive.ts";
import { readArchive } from "../../server/archive/read_lines.ts";
import { formatCount } from "../../text/number.ts";
import type { CheckedCluster } from "../../server/cluster_options.ts";
import { readCluster } from "../credentials/read_cluster.ts";
import { clusterFlags } from "../flags/cluster.ts";
import { checkOneChat, DATA_FILE, dataFile, IN_USE } from "../flags/data_file.ts";
import { command, type Context } from "../framework/command.ts";
import { EXIT } from "../framework/exit.ts";
import type { Values } from "../framework/flags.ts";

const flags = {
  data: dataFile("data file to write, created if it does not exist; no server may have it open"),
  ...clusterFlags,
  cluster: {
    ...clusterFlags.cluster,
    help: "write to the chat that servers share on this NATS JetStream engine",
    fallbackHelp: "--data FILE",
  },
};

export const importCommand = command({
  description:
    `Reads the output of chat export --json from standard input, and writes it to a data file. It imports
all of it or, if a line is invalid, nothing. A room that already has notes in the file is refused. Input
without a record creates no file.

When a server serves the file, clients resume after the last note they saw in that export. Later
notes are gone, and clients receive the new notes at those positions.

The output of chat export --all has the owners of names, bans and mutes, too. A name that belongs to
another key in the file, or looks like such a name, is refused. If the owner is the same, the later
visit is kept; of two bans of one person, the longer one.

Import trusts its input: "verified": true is kept as is, and owners and bans are those of the input.
Import only files you trust.

With --cluster, the rooms go into the chat that the servers share, by the same rules. The servers
may be running. Everything is checked before anything is stored. A room that the chat has already is refused.

The bounds of servers, such as --max-rooms and --max-owned, do not limit an import. A chat that
is beyond them keeps everything, but accepts no new rooms or names.`,
  flags,
  examples: [
    ["--data new.db < notes.jsonl", "import into a new file"],
    ["--data new.db < notes.jsonl && chat serve --data new.db", "and serve it"],
    ["--cluster nats://127.0.0.1 < chat.jsonl", "import into the chat that servers share"],
  ],
  exits: [
    [EXIT.done, "done"],
    [
      EXIT.failed,
      "a line is invalid, the file or the engine cannot be used, or a signal stopped the command; a file is unchanged",
    ],
    [EXIT.usage, "the command line is wrong"],
  ],
  run,
  exitOf: () => EXIT.failed,
});

async function run(
  values: Values<typeof flags>,
  context: Context,
): Promise<number> {
  checkOneChat(values);
  const cluster = await readCluster(values);
  return cluster
    ? await importToCluster(cluster, context)
    : await importToFile(values.data ?? DATA_FILE, context);
}

/** Imports into the chat that servers share, by way of a file, since all of it is checked first. */
async function importToCluster(
  cluster: CheckedCluster,
  { output, signal, ready }: Context,
): Promise<number> {
  const [{ Archive }, { openCluster }, { importToEngine }] = await Promise.all([
    import("../../server/archive/archive.ts"),
    import("../../server/cluster/nats/open.ts"),
    import("../../server/archive/import_to_engine.ts"),
  ]);
  await ready?.();
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "chat-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const archive = stack.use(Archive.open(`${folder}/chat.db`, { write: true, inUse: IN_USE }));
  await archive.import(readArchive(readToEnd(signal)));
  // The notes are checked one by one: most are small.
  const onError = () => {}; // What matters to the import fails it.
  const onWait = (reason: string) => output.report(`waiting for the engine: ${reason}`);
  const engine = stack.use(await openCluster({ cluster, maxNoteBytes: 0, onWait, onError }));
  await report(await importToEngine(archive, engine), output);
  return EXIT.done;
}

async function report(imported: Imported, { print }: Context["output"]): Promise<void> {
  const { rooms, notes, names, bans, mutes } = imported;
  const access = names + bans + mutes === 0 ? "" : [
    "",
    formatCount(names, "name"),
    formatCount(bans, "ban"),
    formatCount(mutes, "mute"),
  ].join(", ");
  await print(`imported ${formatCount(notes, "note")} in ${formatCount(rooms, "room")}${access}\n`);
}

async function importToFile(data: string, { output, signal, ready }: Context): Promise<number> {
  const { Archive } = await import("../../server/archive/archive.ts");
  await ready?.(); // From here on, a failure leaves an empty file to remove.
  const isNew = await createDataFile(data);
  const archive = Archive.open(data, { write: true, inUse: IN_USE });
  let imported: Imported | undefined;
  try {
    imported = await archive.import(readArchive(readToEnd(signal)));
  } finally {
    archive[Symbol.dispose]();
    // Unless it could not be opened: a server may have opened it first, and the file be its own.
    if (isNew && !(imported && hasRecords(imported))) Deno.removeSync(data);
  }
  await report(imported, output);
  return EXIT.done;
}

function hasRecords({ rooms, names, bans, mutes }: Imported): boolean {
  return rooms + names + bans + mutes > 0;
}

/**
 * Creates an empty file. Returns false if the file exists, or cannot be created: opening it reports
 * the error.
 */
async function createDataFile(file: string): Promise<boolean> {
  try {
    (await Deno.open(file, { write: true, createNew: true, mode: 0o600 })).close();
    return true;
  } catch {
    return false;
  }
}

/** Reads standard input. An aborted read never ends. */
async function* readToEnd(signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  yield* readStdin(signal);
  if (signal.aborted) throw new ChatError("unavailable", "Stopped before the import was complete");
}
