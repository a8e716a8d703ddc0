import {
  type AccessRecords,
  type NoteRecord,
  type RoomRecord,
  sortAccess,
} from "../../room/archive_record.ts";
import { ChatError } from "../../room/errors.ts";
import { foldName, isSameName } from "../../room/note.ts";
import { ClusterStore, type StoreEngine } from "../storage/cluster/store.ts";
import { Archive, type ArchiveSource, type StoredRoom } from "./archive.ts";

const EVERYTHING = { notes: Number.MAX_SAFE_INTEGER, ageMs: Infinity, bytes: Infinity };

/** Options for reading a chat from the engine. */
export interface EngineArchiveOptions {
  readonly engine: StoreEngine;
  /** The only room to read. Default: all rooms. */
  readonly room?: string | undefined;
  /** Stops the reading between two rooms. */
  readonly signal: AbortSignal;
}

/**
 * A copy of the chat that servers share, in a temporary file: each room as of one moment, whatever
 * servers append and drop meanwhile.
 */
export class EngineArchive implements ArchiveSource, AsyncDisposable {
  readonly #rooms: readonly RoomRecord[];
  readonly #access: AccessRecords;
  readonly #copy: Archive;
  readonly #resources: AsyncDisposableStack;

  private constructor(
    { rooms, access, copy }: Contents & { copy: Archive },
    resources: AsyncDisposableStack,
  ) {
    this.#rooms = rooms;
    this.#access = access;
    this.#copy = copy;
    this.#resources = resources;
  }

  /**
   * Copies the chat. The folder of temporary files needs space for the notes.
   *
   * @throws {ChatError} `unavailable`, if the engine does not answer, the copy cannot be written or
   * `signal` is aborted.
   */
  static async open(options: EngineArchiveOptions): Promise<EngineArchive> {
    await using stack = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "chat-" });
    stack.defer(() => Deno.remove(folder, { recursive: true }));
    const file = `${folder}/chat.db`;
    const contents = await copyChat(file, options);
    const copy = stack.use(Archive.open(file, { write: false, inUse: "" }));
    return new EngineArchive({ ...contents, copy }, stack.move());
  }

  rooms(): StoredRoom[] {
    const ids = new Map(this.#copy.rooms().map((copied) => [keyOf(copied), copied.id]));
    return this.#rooms.flatMap((room) => {
      const id = ids.get(keyOf(room));
      if (id !== undefined) return { ...room, id };
      // The copy has no rooms without notes. Any other room that is missing has been removed since.
      return room.first > room.head ? { ...room, id: 0 } : [];
    });
  }

  notes(room: StoredRoom): Iterable<NoteRecord[]> {
    return this.#copy.notes(room);
  }

  access(): AccessRecords {
    return this.#access;
  }

  /** Deletes the copy. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

/** The data of the chat besides the notes, which are in the copy. */
interface Contents {
  readonly rooms: readonly RoomRecord[];
  readonly access: AccessRecords;
}

/** Copies the notes to a file as a server does, and returns the rest. */
async function copyChat(
  file: string,
  { engine, room: only, signal }: EngineArchiveOptions,
): Promise<Contents> {
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const rooms: RoomRecord[] = [];
  await using store = await ClusterStore.open({
    ...{ engine, data: file, retention: EVERYTHING, maxRooms: Infinity, onError },
  });
  const topics = await store.topics();
  for (const room of await store.rooms()) {
    if (signal.aborted) throw stopped();
    if (only !== undefined && !isSameName(room, only)) continue;
    const topic = topics.get(foldName(room));
    rooms.push({ ...await copyRoom(room, store), ...topic && { topic } });
  }
  const access = sortAccess({
    names: await store.ownedNames(),
    sanctions: await store.sanctions(),
  });
  // A server could go on after these errors, but the archive would be incomplete.
  if (errors.length > 0) throw errors[0];
  return { rooms, access };
}

/** Copies a room, and closes it, so that only one room has its ids in memory. */
async function copyRoom(room: string, store: ClusterStore): Promise<RoomRecord> {
  const folded = foldName(room);
  const { history, first, head, origins } = await store.open(folded);
  await store.remove(folded);
  const sorted = Array.from(origins, ([history, head]) => ({ history, head }))
    .sort((a, b) => a.head - b.head || (a.history < b.history ? -1 : 1));
  return { room, history, first, head, origins: sorted };
}

/** Returns a key that is the same for a room and its copy, which has only the folded name. */
function keyOf({ room, history }: RoomRecord): string {
  return `${foldName(room)}\n${history}`;
}

function stopped(): ChatError {
  return new ChatError("unavailable", "Stopped before the export was complete");
}
