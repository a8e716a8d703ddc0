import { readStdin } from "../../client/stream/stdin.ts";
import { ChatError } from "../../room/errors.ts";
import type { Imported } from "../../server/archive/archive.ts";
import { readArchive } from "../../server/archive/read_lines.ts";
import { formatCount } from "../../text/number.ts";
import { checkCluster, type ClusterOptions } from "../../server/cluster_options.ts";
import { readCluster } from "../credentials/read_cluster.ts";
import { clusterFlags } from "../flags/cluster.ts";
import { dataFile, IN_USE } from "../flags/data_file.ts";
import { command, type Context } from "../framework/command.ts";
import { EXIT, UsageError } from "../framework/exit.ts";
import type { Flag, Values } from "../framework/flags.ts";

const flags = {
  data: {
    ...dataFile("data file to write, created if it does not exist; no server may have it open"),
    fallback: undefined,
    fallbackHelp: "chat.db",
  } as Flag<string | undefined>,
  ...clusterFlags,
};

export const importCommand = command({
  description:
    `Reads the output of chat export --json from standard input, and writes it to a data file. It imports
all of it or, if a line is invalid, nothing. A room that already has notes in the file is refused.

When a server serves the file, clients resume after the last note they saw in that export. Later
notes are gone, and clients receive the new notes at those positions.

Import trusts its input: "verified": true is kept as is. Import only files you trust.

With --cluster, the notes go to the chat that servers share, which may be running. Everything is
checked before anything is stored. A room that the chat has already is refused.

An import contains notes only. The owners of names, bans and mutes in the file do not change.`,
  flags,
  examples: [
    ["--data new.db < notes.jsonl", "import into a new file"],
    ["--data new.db < notes.jsonl && chat serve --data new.db", "and serve it"],
    ["--cluster nats://127.0.0.1 < notes.jsonl", "import into the chat that servers share"],
  ],
  exits: [
    [EXIT.done, "done"],
    [
      EXIT.failed,
      "a line is invalid, the file cannot be used, or a signal stopped the command; nothing is written",
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
  const cluster = await readCluster(values);
  if (cluster && values.data !== undefined) {
    throw new UsageError(
      "--cluster cannot be combined with --data: notes go to the one or the other",
    );
  }
  return cluster
    ? await importToCluster(cluster, context)
    : await importToFile(values.data ?? "chat.db", context);
}

/** Imports into the chat that servers share, by way of a file, since all of it is checked first. */
async function importToCluster(
  cluster: ClusterOptions,
  { output, signal, ready }: Context,
): Promise<number> {
  const [{ Archive }, { openCluster }, { importToEngine }] = await Promise.all([
    import("../../server/archive/archive.ts"),
    import("../../server/cluster/open.ts"),
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
  const engine = stack.use(
    await openCluster({ cluster: checkCluster(cluster), maxNoteBytes: 0, onError }),
  );
  await report(await importToEngine(archive, engine), output);
  return EXIT.done;
}

async function report({ rooms, notes }: Imported, { print }: Context["output"]): Promise<void> {
  await print(`imported ${formatCount(notes, "note")} in ${formatCount(rooms, "room")}\n`);
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
    if (isNew && !imported) Deno.removeSync(data);
  }
  await report(imported, output);
  return EXIT.done;
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
