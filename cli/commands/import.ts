import { readStdin } from "../../client/stream/stdin.ts";
import { ChatError } from "../../room/errors.ts";
import type { Imported } from "../../server/archive/archive.ts";
import { readArchive } from "../../server/archive/read_lines.ts";
import { formatCount } from "../../text/number.ts";
import { dataFile, IN_USE } from "../flags/data_file.ts";
import { command, type Context } from "../framework/command.ts";
import { EXIT } from "../framework/exit.ts";
import type { Values } from "../framework/flags.ts";

const flags = {
  data: dataFile("data file to write, created if it does not exist; no server may have it open"),
};

export const importCommand = command({
  description:
    `Reads the output of chat export --json from standard input, and writes it to a data file. It imports
all of it or, if a line is invalid, nothing. A room that already has notes in the file is refused. Input
without a room creates no file.

When a server serves the file, clients resume after the last note they saw in that export. Later
notes are gone, and clients receive the new notes at those positions.

Import trusts its input: "verified": true is kept as is. Import only files you trust.

An import contains notes only. The owners of names, bans and mutes in the file do not change.`,
  flags,
  examples: [
    ["--data new.db < notes.jsonl", "import into a new file"],
    ["--data new.db < notes.jsonl && chat serve --data new.db", "and serve it"],
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
  { data }: Values<typeof flags>,
  { output, signal, ready }: Context,
): Promise<number> {
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
    if (isNew && !imported?.rooms) Deno.removeSync(data);
  }
  const { rooms, notes } = imported;
  await output.print(`imported ${formatCount(notes, "note")} in ${formatCount(rooms, "room")}\n`);
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
