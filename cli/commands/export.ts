import type { TimeFormat } from "../../client/render/time.ts";
import type { NoteRecord } from "../../room/archive_record.ts";
import { ChatError } from "../../room/errors.ts";
import { escapeName, isSameName } from "../../room/note.ts";
import type { Archive, StoredRoom } from "../../server/archive/archive.ts";
import { commonFlags } from "../flags/common.ts";
import { dataFile, IN_USE } from "../flags/data_file.ts";
import { timeFlag } from "../flags/style.ts";
import { command, type Context } from "../framework/command.ts";
import { EXIT } from "../framework/exit.ts";
import { toggle } from "../framework/flag_kinds.ts";
import type { Flag, Values } from "../framework/flags.ts";

const { bounds, parse } = commonFlags.room;

const room: Flag<string | undefined> = {
  value: "ROOM",
  help: "room to export",
  bounds,
  fallback: undefined, // Not from CHAT_ROOM either: it would silently leave rooms out of an export.
  fallbackHelp: "all",
  parse,
};

const time: Flag<TimeFormat | undefined> = { ...timeFlag, fallback: "iso", fallbackHelp: "iso" };

const flags = {
  data: dataFile("data file to read; no server may have it open"),
  room,
  json: toggle("print JSON lines, which chat import reads"),
  time,
};

export const exportCommand = command({
  description: `Prints all notes of a room in a data file, or of all rooms, including private notes.

With --json, the output is complete. Each room starts with a line with room, history, first, head
(the positions of its oldest and newest note) and origins (the histories it comes from). Its notes
follow, one per line, in the format of chat tail --json, plus the id that the author's client gave
the note, the author's key and, for a private note, the recipient's key. After chat import has read this
output, clients continue where they were.

An export contains notes only. The owners of names, bans and mutes stay in the data file; to copy
everything from a running server, use chat backup.

A file of an older version is upgraded first; then older versions of this program cannot open it.
To keep it as it is, export a copy.`,
  flags,
  examples: [
    ["--json > notes.jsonl", "export all rooms to an archive"],
    ["--room dev --json | gzip > dev.jsonl.gz", "export one room, compressed"],
    ["--data copy.db --room lobby", "read a copy made by chat backup"],
  ],
  exits: [
    [EXIT.done, "done"],
    [
      EXIT.failed,
      "the file cannot be used, or has no such room; a signal stopped the command; or the output cannot be written",
    ],
    [EXIT.usage, "the command line is wrong"],
  ],
  run,
  exitOf: () => EXIT.failed,
});

async function run(values: Values<typeof flags>, context: Context): Promise<number> {
  const { Archive } = await import("../../server/archive/archive.ts");
  await context.ready?.();
  using archive = Archive.open(values.data, { write: false, inUse: IN_USE });
  const rooms = chosen(archive.rooms(), values);
  const format = values.json ? await jsonFormat() : await textFormat(values);
  return await printAll({ archive, rooms, format }, context);
}

function chosen(rooms: StoredRoom[], { room, data }: Values<typeof flags>): StoredRoom[] {
  if (room === undefined) return rooms;
  const found = rooms.filter((stored) => isSameName(stored.room, room));
  if (found.length > 0) return found;
  throw new ChatError("missing", `There is no room "${room}" in "${data}"`);
}

/** A format for rooms and notes as lines. */
interface Format {
  readonly room: (room: StoredRoom) => string;
  readonly note: (note: NoteRecord, room: string) => string;
}

async function jsonFormat(): Promise<Format> {
  const [{ roomJson }, { noteJson }] = await Promise.all([
    import("../../server/archive/room_json.ts"),
    import("../../client/render/json.ts"),
  ]);
  return {
    room: (room) => `${roomJson(room)}\n`,
    note: (note, room) => `${noteJson({ verified: false, ...note }, room)}\n`,
  };
}

async function textFormat({ room, time }: Values<typeof flags>): Promise<Format> {
  const [{ renderNote, rule }, { PLAIN }] = await Promise.all([
    import("../../client/render/render.ts"),
    import("../../client/render/style.ts"),
  ]);
  const view = { time: time ?? "off", style: PLAIN };
  const title = (name: string) => `${rule(escapeName(name))}\n`;
  return {
    room: (stored) => room === undefined ? title(stored.room) : "",
    note: (note) =>
      renderNote({ verified: false, ...note }, view).map((row) => `${row}\n`).join(""),
  };
}

/** Prints notes in batches, so that only one batch is in memory. */
async function printAll(
  { archive, rooms, format }: { archive: Archive; rooms: StoredRoom[]; format: Format },
  { output: { print, report }, signal }: Context,
): Promise<number> {
  for (const room of rooms) {
    await print(format.room(room));
    for (const notes of archive.notes(room)) {
      if (signal.aborted) {
        report("error: Stopped before the export was complete");
        return EXIT.failed;
      }
      await print(notes.map((note) => format.note(note, room.room)).join(""));
    }
  }
  return EXIT.done;
}
