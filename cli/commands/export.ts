import type { TimeFormat } from "../../client/render/time.ts";
import type { NoteRecord } from "../../room/archive_record.ts";
import { ChatError } from "../../room/errors.ts";
import { escapeName, isSameName } from "../../room/note.ts";
import type {
  AccessRecords,
  Archive,
  ArchiveSource,
  StoredRoom,
} from "../../server/archive/archive.ts";
import type { EngineArchive } from "../../server/archive/engine_archive.ts";
import { checkCluster, CLUSTER_NAME, type ClusterOptions } from "../../server/cluster_options.ts";
import { readCluster } from "../credentials/read_cluster.ts";
import { clusterFlags } from "../flags/cluster.ts";
import { commonFlags } from "../flags/common.ts";
import { checkOneChat, DATA_FILE, dataFile, IN_USE } from "../flags/data_file.ts";
import { timeFlag } from "../flags/style.ts";
import { command, type Context } from "../framework/command.ts";
import { EXIT, UsageError } from "../framework/exit.ts";
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

// The engine keeps the chat on as many nodes as before.
const { cluster, "cluster-replicas": _replicas, ...engineFlags } = clusterFlags;

const flags = {
  data: dataFile("data file to read; no server may have it open"),
  room,
  json: toggle("print JSON lines, which chat import reads"),
  all: toggle("with --json: add the owners of names, bans and mutes"),
  time,
  cluster: {
    ...cluster,
    help: "read the chat that servers share on this NATS JetStream engine",
    fallbackHelp: "--data FILE",
  },
  ...engineFlags,
};

export const exportCommand = command({
  description: `Prints all notes of a room in a data file, or of all rooms, including private notes.

With --json, the output is complete. Each room starts with a line with room, history, first, head
(the positions of its oldest and newest note), origins (the histories it comes from) and, if it has
one, its topic. Its notes follow, one per line, in the format of chat tail --json, plus the id that
the author's client gave the note, the author's key and, for a private note, the recipient's key.
After chat import has read this output, clients continue where they were.

Such an export contains rooms only. With --all, lines for the owners of names (owner, name, time, seen,
spoken) and for bans and mutes (sanction, principal, name, by, reason, time and, unless it is
permanent, until) follow all notes. Whoever reads the output can see the networks of banned people.

With --cluster, the chat is read from the engine. The servers that share it may be running. Each
room is copied to a temporary file first, so that it is printed as of one moment.

A file of an older version is upgraded first; then older versions of this program cannot open it.
To keep it as it is, export a copy. The replica that a server with --cluster keeps in its file has
neither names nor bans, nor topics, nor the spelling of rooms.`,
  flags,
  examples: [
    ["--json > notes.jsonl", "export all rooms to an archive"],
    ["--room dev --json | gzip > dev.jsonl.gz", "export one room, compressed"],
    ["--data copy.db --room lobby", "read a copy made by chat backup"],
    ["--json --all --cluster nats://127.0.0.1 > chat.jsonl", "save the chat that servers share"],
  ],
  exits: [
    [EXIT.done, "done"],
    [
      EXIT.failed,
      "the file or the engine cannot be used, or has no such room; a signal stopped the command; or the output cannot be written",
    ],
    [EXIT.usage, "the command line is wrong"],
  ],
  run,
  exitOf: () => EXIT.failed,
});

async function run(values: Values<typeof flags>, context: Context): Promise<number> {
  checkOneChat(values);
  checkAll(values);
  const cluster = await readCluster({ ...values, "cluster-replicas": undefined });
  await context.ready?.();
  await using stack = new AsyncDisposableStack();
  const source = cluster
    ? stack.use(await openEngine(cluster, values, context))
    : stack.use(await openFile(values.data ?? DATA_FILE));
  const access = values.all ? source.access() : undefined; // If it fails, nothing is printed.
  const format = values.json ? await jsonFormat() : await textFormat(values);
  const rooms = chosen(source.rooms(), values);
  if (!await printRooms({ source, rooms, format }, context)) return EXIT.failed;
  if (access) await printAccess(access, context);
  return EXIT.done;
}

function checkAll({ all, json, room }: Values<typeof flags>): void {
  if (all && !json) throw new UsageError("--all needs --json");
  if (!all || room === undefined) return;
  throw new UsageError("--all cannot be combined with --room: names and bans are of all rooms");
}

async function openFile(file: string): Promise<Archive> {
  const { Archive } = await import("../../server/archive/archive.ts");
  return Archive.open(file, { write: false, inUse: IN_USE });
}

/** Copies the chat from the engine, which is no longer needed then. */
async function openEngine(
  cluster: ClusterOptions,
  { room }: Values<typeof flags>,
  { signal }: Context,
): Promise<EngineArchive> {
  const [{ EngineArchive }, { openCluster }] = await Promise.all([
    import("../../server/archive/engine_archive.ts"),
    import("../../server/cluster/nats/open.ts"),
  ]);
  const onError = () => {}; // What matters to the export fails it.
  await using engine = await openCluster({
    ...{ cluster: checkCluster(cluster), maxNoteBytes: 0, make: false, onError },
  });
  return await EngineArchive.open({ engine, room, signal });
}

function chosen(rooms: StoredRoom[], values: Values<typeof flags>): StoredRoom[] {
  const { room, data = DATA_FILE, cluster } = values;
  if (room === undefined) return rooms;
  const found = rooms.filter((stored) => isSameName(stored.room, room));
  if (found.length > 0) return found;
  const where = cluster ? `chat "${values["cluster-name"] ?? CLUSTER_NAME}"` : `"${data}"`;
  throw new ChatError("missing", `There is no room "${room}" in ${where}`);
}

/** A format for rooms and notes as lines. */
interface Format {
  readonly room: (room: StoredRoom) => string;
  readonly note: (note: NoteRecord, room: string) => string;
}

async function jsonFormat(): Promise<Format> {
  const [{ roomJson }, { noteJson }] = await Promise.all([
    import("../../server/archive/room_json.ts"),
    import("../../room/note_json.ts"),
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

/**
 * Prints notes in batches, so that only one batch is in memory. Returns whether the export is
 * complete.
 */
async function printRooms(
  { source, rooms, format }: { source: ArchiveSource; rooms: StoredRoom[]; format: Format },
  { output: { print, report }, signal }: Context,
): Promise<boolean> {
  for (const room of rooms) {
    await print(format.room(room));
    for (const notes of source.notes(room)) {
      if (signal.aborted) {
        report("error: Stopped before the export was complete");
        return false;
      }
      await print(notes.map((note) => format.note(note, room.room)).join(""));
    }
  }
  return true;
}

async function printAccess(
  { names, sanctions }: AccessRecords,
  { output: { print } }: Context,
): Promise<void> {
  const { ownedNameJson, sanctionJson } = await import("../../server/archive/access_json.ts");
  const lines = [...names.map(ownedNameJson), ...sanctions.map(sanctionJson)];
  await print(lines.map((line) => `${line}\n`).join(""));
}
