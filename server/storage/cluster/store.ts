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
import { ClusterLog } from "./log.ts";
import { SharedNames } from "./names.ts";
import type { Replica } from "./replica.ts";
import { type OpenLog, SharedRooms } from "./rooms.ts";
import { SharedSanctions } from "./sanctions.ts";
import { SharedState } from "./state.ts";

/** What a replica of a log goes on from. */
export interface ReplicaStart {
  readonly history: string;
  readonly origins: ReadonlyMap<string, number>;
  /** The position of the last note before it. */
  readonly head: number;
}

/** Options for opening a store that several servers share. */
export interface ClusterStoreOptions {
  /** Where everything is stored; the store does not dispose it. */
  readonly engine: Pick<Engine, "journals" | "maxEntryBytes">;
  /** The notes that are kept. */
  readonly retention: Retention;
  /** The most rooms on all servers together, besides the lobby. */
  readonly maxRooms: number;
  /** Makes an empty replica of the log of a room, given by its folded name. Default: in memory. */
  readonly openReplica?: (room: string, start: ReplicaStart) => Promise<Replica>;
  /** Called with errors that no caller is there for. */
  readonly onError: (error: unknown) => void;
}

/** Logs, owned names and sanctions that several servers share. */
export class ClusterStore implements LogStore, NameStore, SanctionStore {
  /** Identifies the chat: 32 random bytes, the same on all servers. */
  readonly id: Uint8Array;
  readonly #state: SharedState;
  readonly #rooms: SharedRooms;
  readonly #names: SharedNames;
  readonly #sanctions: SharedSanctions;

  private constructor(id: Uint8Array, state: SharedState, options: ClusterStoreOptions) {
    this.id = id;
    this.#state = state;
    const { journals } = options.engine;
    this.#rooms = new SharedRooms({ ...options, id, state, journals, openLog: logs(options) });
    this.#names = new SharedNames(state);
    this.#sanctions = new SharedSanctions(state);
  }

  /**
   * Opens the store, and reads everything but notes.
   *
   * @throws {ChatError} `unavailable`, if the engine does not answer.
   * @throws {RangeError} if the retention is not valid.
   */
  static async open(options: ClusterStoreOptions): Promise<ClusterStore> {
    checkRetention(options.retention);
    using stack = new DisposableStack();
    const state = stack.use(await SharedState.open(options.engine.journals.state, options));
    const id = await chatId(state);
    stack.move();
    return new ClusterStore(id, state, options);
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state[Symbol.dispose]();
    await this.#rooms.close();
  }
}

/** Returns the function that opens logs with the replicas that are asked for. */
function logs({ engine, retention, openReplica, onError }: ClusterStoreOptions): OpenLog {
  const inMemory = (start: ReplicaStart) => Promise.resolve(new MemoryLog(retention, start));
  return ({ room, ...options }) =>
    ClusterLog.open({
      ...options,
      journal: engine.journals.notes,
      maxBytes: engine.maxEntryBytes,
      replica: (head) => {
        const start = { ...options, head };
        return openReplica ? openReplica(room, start) : inMemory(start);
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
