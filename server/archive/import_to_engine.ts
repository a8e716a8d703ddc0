import { ChatError } from "../../room/errors.ts";
import { foldName } from "../../room/note.ts";
import { formatNumber } from "../../text/number.ts";
import type { Engine } from "../cluster/engine.ts";
import { keyToken } from "../storage/cluster/key_token.ts";
import { lastRemoval, type RoomRecord, type StoredRecord } from "../storage/cluster/room_record.ts";
import { toKey } from "../storage/cluster/rooms.ts";
import { SharedState } from "../storage/cluster/state.ts";
import type { Imported } from "../storage/sqlite/archive/import.ts";
import { EngineAccessImport } from "./access_to_engine.ts";
import type { Archive, StoredRoom } from "./archive.ts";
import { BatchWriter, maxBatchBytes } from "./batch_writer.ts";

/** The reason that ends sessions in a room without notes, whose name the import takes. */
const REMOVAL_WORDS = "the room was imported";

/**
 * Imports an archive into the chat that servers share. Its notes keep their positions, and clients
 * resume after them. Owned names and sanctions are stored before the rooms.
 *
 * Everything is checked before anything is stored. An import that fails later, because the engine
 * does not answer or because somebody creates one of the rooms or claims one of the names during
 * the import, leaves what it has stored by then.
 *
 * @throws {ChatError} `invalid`, if the chat has one of the rooms already, or another owner of a name
 * or of one that looks like it; `full`, if there would be too many sanctions; `too_large`, if a note
 * does not fit into an entry of the engine; `unavailable`, if the engine does not answer.
 */
export async function importToEngine(archive: Archive, engine: Engine): Promise<Imported> {
  const onError = (error: unknown) => {
    throw error;
  };
  using state = await SharedState.open(engine.journals.state, { onError });
  const rooms = archive.rooms();
  for (const room of rooms) {
    checkMissing(room.room, find(state, room.room));
    checkSizes(room, archive, engine);
  }
  const { names, sanctions } = archive.access();
  using access = new EngineAccessImport({ names, sanctions }, state);
  await access.store();
  let notes = 0;
  for (const room of rooms) notes += await importRoom(room, { archive, engine, state });
  const bans = sanctions.filter(({ kind }) => kind === "ban").length;
  const mutes = sanctions.length - bans;
  return { rooms: rooms.length, notes, names: names.length, bans, mutes };
}

interface Target {
  readonly archive: Archive;
  readonly engine: Engine;
  readonly state: SharedState;
}

/** Imports a room, and returns the number of its notes. Nobody sees it before it is complete. */
async function importRoom(stored: StoredRoom, { archive, engine, state }: Target): Promise<number> {
  const { room, head, first } = stored;
  const folded = foldName(room);
  // Removes a room without notes of this name from the servers, with notes on their way to it.
  await state.change(toKey(folded), (current) => {
    checkMissing(room, current as StoredRecord | undefined);
    return { value: { room: folded, words: REMOVAL_WORDS } satisfies RoomRecord };
  });
  const removed = lastRemoval(find(state, room));
  const history = crypto.randomUUID();
  const writer = new BatchWriter({ engine, key: keyToken(folded), history });
  for (const notes of archive.notes(stored)) await writer.write(notes);
  await writer.finish(head + 1);
  await state.change(toKey(folded), (current) => {
    const record = current as StoredRecord | undefined;
    checkMissing(room, record); // Somebody may have made it meanwhile.
    if (lastRemoval(record) !== removed) throw roomExists(room);
    const origins = [...stored.origins, { history: stored.history, head }];
    return {
      value: {
        ...{ room: folded, name: room, removed, history },
        origins: origins.map(({ history, head }) => [history, head] as const),
        ...stored.topic && { topic: stored.topic },
      } satisfies RoomRecord,
    };
  });
  return head + 1 - first;
}

function find(state: SharedState, room: string): StoredRecord | undefined {
  return state.get(toKey(foldName(room))) as StoredRecord | undefined;
}

function checkMissing(room: string, stored: StoredRecord | undefined): void {
  if (stored?.value.name !== undefined) throw roomExists(room);
}

function roomExists(room: string): ChatError {
  return new ChatError("invalid", `Cannot import room "${room}": the chat has it already`);
}

function checkSizes(stored: StoredRoom, archive: Archive, { maxEntryBytes }: Engine): void {
  for (const notes of archive.notes(stored)) {
    for (const note of notes) {
      const bytes = maxBatchBytes(note);
      if (bytes <= maxEntryBytes) continue;
      const words = `note ${note.seq} needs ${formatNumber(bytes)} bytes`;
      const bound = `entries of the engine have at most ${formatNumber(maxEntryBytes)}`;
      throw new ChatError("too_large", `Cannot import room "${stored.room}": ${words}, ${bound}`);
    }
  }
}
