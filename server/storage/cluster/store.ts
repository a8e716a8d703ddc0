import { foldName } from "../../../room/note.ts";
import type { OwnedName } from "../../../room/owned_name.ts";
import type { Lifting, Sanction, SanctionChange, SanctionStore } from "../../../room/sanctions.ts";
import {
  checkRetention,
  type Log,
  type LogStore,
  type Retention,
  type RoomChange,
} from "../../../room/state/log.ts";
import type { NameChange, NameStore } from "../../../room/state/name_store.ts";
import type { Engine } from "../../cluster/engine.ts";
import { MemoryLog } from "../memory/log.ts";
import { SqliteReplicas } from "../sqlite/replicas.ts";
import { ClusterLog } from "./log.ts";
import { SharedNames } from "./names.ts";
import { type OpenLog, SharedRooms } from "./rooms.ts";
import { SharedSanctions } from "./sanctions.ts";
import { SharedState } from "./state.ts";

/** Options for opening a store that several servers share. */
export interface ClusterStoreOptions {
  /** Where everything is stored; the store does not dispose it. */
  readonly engine: Pick<Engine, "journals" | "maxEntryBytes">;
  /** The notes that are kept. */
  readonly retention: Retention;
  /** The most rooms on all servers together, besides the lobby. */
  readonly maxRooms: number;
  /** The SQLite file in which this server keeps its replicas. Default: they are in memory. */
  readonly data?: string | undefined;
  /** Called with errors that no caller is there for. */
  readonly onError: (error: unknown) => void;
}

/** The parts of a store that are opened before it. */
interface Parts {
  /** Identifies the chat. */
  readonly id: Uint8Array;
  readonly state: SharedState;
  /** Undefined if they are in memory. */
  readonly replicas: SqliteReplicas | undefined;
}

/** Logs, owned names and sanctions that several servers share. */
export class ClusterStore implements LogStore, NameStore, SanctionStore {
  /** Identifies the chat: 32 random bytes, the same on all servers. */
  readonly id: Uint8Array;
  readonly #state: SharedState;
  readonly #rooms: SharedRooms;
  readonly #names: SharedNames;
  readonly #sanctions: SharedSanctions;
  readonly #replicas: SqliteReplicas | undefined;

  private constructor(
    { id, state, replicas }: Parts,
    options: ClusterStoreOptions,
  ) {
    this.id = id;
    this.#state = state;
    this.#replicas = replicas;
    const { engine: { journals }, onError } = options;
    const openLog = logs(options, replicas);
    this.#rooms = new SharedRooms({ ...options, id, state, journals, openLog });
    this.#rooms.follow(({ room, name }) => {
      if (name === undefined) replicas?.retainOnly(room, this.#rooms.history(room)).catch(onError);
    });
    this.#names = new SharedNames(state);
    this.#sanctions = new SharedSanctions(state);
  }

  /**
   * Opens the store, and reads everything but notes.
   *
   * @throws {ChatError} `unavailable`, if the engine does not answer, or the file cannot be used.
   * @throws {RangeError} if the retention is not valid.
   */
  static async open(options: ClusterStoreOptions): Promise<ClusterStore> {
    const { engine: { journals }, data, retention, onError } = options;
    checkRetention(retention);
    await using stack = new AsyncDisposableStack();
    const state = stack.use(await SharedState.open(journals.state, options));
    const id = await chatId(state);
    const replicas = data === undefined
      ? undefined
      : stack.use(await SqliteReplicas.open(data, { chat: id, retention, onError }));
    const store = new ClusterStore({ id, state, replicas }, options);
    await replicas?.retain(store.#rooms.histories()); // Rooms may have been removed meanwhile.
    stack.move();
    return store;
  }

  rooms(): Promise<string[]> {
    return Promise.resolve(this.#rooms.names());
  }

  open(room: string, spelling = () => room): Promise<Log> {
    return this.#rooms.open(room, spelling);
  }

  remove(room: string, words?: string): Promise<number> {
    return this.#rooms.remove(room, words);
  }

  followRooms(onChange: (change: RoomChange) => void): Disposable {
    return this.#rooms.follow(onChange);
  }

  ownedNames(): Promise<OwnedName[]> {
    return Promise.resolve(this.#names.all());
  }

  saveOwnedName(name: OwnedName, check?: () => void): Promise<void> {
    return this.#names.save(name, check);
  }

  releaseName(name: string, check?: () => void): Promise<void> {
    return this.#names.release(foldName(name), check);
  }

  followNames(onChange: (change: NameChange) => void): Disposable {
    return this.#names.follow(onChange);
  }

  sanctions(): Promise<Sanction[]> {
    return Promise.resolve(this.#sanctions.all());
  }

  saveSanction(sanction: Sanction, check?: () => void): Promise<void> {
    return this.#sanctions.save(sanction, check);
  }

  liftSanction(sanction: Sanction, lifting?: Lifting): Promise<void> {
    return this.#sanctions.lift(sanction, lifting);
  }

  followSanctions(onChange: (change: SanctionChange) => void): Disposable {
    return this.#sanctions.follow(onChange);
  }

  /**
   * Checks that the file of the replicas is still in its place: without it, no new notes are shown.
   *
   * @throws {ChatError} `unavailable`, if it is not.
   */
  check(): void {
    this.#replicas?.check();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state[Symbol.dispose]();
    await this.#rooms.close();
    await this.#replicas?.[Symbol.asyncDispose]();
  }
}

/** Returns the function that opens logs, with replicas in a file or in memory. */
function logs(
  { engine, retention, onError }: ClusterStoreOptions,
  replicas: SqliteReplicas | undefined,
): OpenLog {
  return ({ room, ...options }) =>
    ClusterLog.open({
      ...options,
      journal: engine.journals.notes,
      maxBytes: engine.maxEntryBytes,
      replica: (head) => {
        const start = { ...options, head };
        return replicas?.open(room, start) ?? Promise.resolve(new MemoryLog(retention, start));
      },
      onError,
    });
}

/** Returns the chat's id, which the first server makes. */
async function chatId(state: SharedState): Promise<Uint8Array> {
  await state.change("id", (current) => {
    if (current) return undefined;
    return { value: crypto.getRandomValues(new Uint8Array(32)).toHex() };
  });
  return Uint8Array.fromHex(String(state.get("id")?.value));
}
