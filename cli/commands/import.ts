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
  data: dataFile("data file to write, which no server may have open; made if there is none"),
};

/** `chat import`. */
export const importCommand = command({
  description:
    `Reads what chat export --json has printed from standard input, and writes it to a data file: all of it, or,
if a line does not fit, nothing. Rooms that have had notes in that file are not taken.

When a server has the file, its readers go on behind what they have seen of that export; what they have seen
of later notes is not there, and what is said instead comes to them as it does to all others.

It believes what it reads: a note whose line says so is shown as by somebody who has proven their name.
Import only what comes from where you trust them with that.

This is about notes: whose names are whose, and all else that a server knows of people, stays as it is in
the file.`,
  flags,
  examples: [
    ["--data new.db < notes.jsonl", "to a new file"],
    ["--data new.db < notes.jsonl && chat serve --data new.db", "and serve it"],
  ],
  exits: [
    [EXIT.done, "done"],
    [
      EXIT.failed,
      "a line does not fit, the file cannot be used, or stopped before the end: nothing is written",
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
  await ready; // Whatever stops it from here on finds it with a file to remove.
  const isNew = await createDataFile(data);
  const archive = Archive.open(data, { write: true, inUse: IN_USE });
  let imported: Imported | undefined;
  try {
    imported = await archive.import(readArchive(readToEnd(signal)));
  } finally {
    archive[Symbol.dispose]();
    // Not if it could not be opened: a server may have been faster, and the file be its own.
    if (isNew && !imported) Deno.removeSync(data);
  }
  const { rooms, notes } = imported;
  await output.print(`imported ${formatCount(notes, "note")} of ${formatCount(rooms, "room")}\n`);
  return EXIT.done;
}

/** Makes an empty file; false if there is one, or what is wrong will show when it is opened. */
async function createDataFile(file: string): Promise<boolean> {
  try {
    (await Deno.open(file, { write: true, createNew: true, mode: 0o600 })).close();
    return true;
  } catch {
    return false;
  }
}

/** Reads standard input; what is stopped has no end. */
async function* readToEnd(signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  yield* readStdin(signal);
  if (signal.aborted) throw new ChatError("unavailable", "Stopped before all was imported");
}
