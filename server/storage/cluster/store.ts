import { ChatError } from "../../../room/errors.ts";
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
import type { TopicChange, TopicStore } from "../../../room/topics/topic_store.ts";
import type { Topic } from "../../../room/topic.ts";
import type { Engine, Journal } from "../../cluster/engine.ts";
import { SqliteReplicas } from "../sqlite/replicas.ts";
import { MemoryReplicas } from "./memory_replicas.ts";
import { SharedNames } from "./names.ts";
import type { Replicas } from "./replica.ts";
import { SharedRooms } from "./rooms.ts";
import { SharedSanctions } from "./sanctions.ts";
import { SharedState } from "./state.ts";
import { SharedTopics } from "./topics.ts";
import { confirmBatch } from "./stored_batch.ts";

/** The parts of an engine that a store uses. */
export type StoreEngine = Pick<Engine, "journals" | "name" | "maxEntryBytes" | "lose">;

/** Options for opening a store that several servers share. */
export interface ClusterStoreOptions {
  /** Where everything is stored; the store does not dispose it. */
  readonly engine: StoreEngine;
  /** The notes that are kept. */
  readonly retention: Retention;
  /** The most rooms on all servers together, besides the lobby. */
  readonly maxRooms: number;
  /** The SQLite file of this server's replicas of the notes. Default: they are in memory. */
  readonly data?: string | undefined;
  /** Called with errors that no caller is there for. */
  readonly onError: (error: unknown) => void;
}

/** Logs, topics, owned names and sanctions that several servers share. */
export class ClusterStore implements LogStore, TopicStore, NameStore, SanctionStore {
  /** Identifies the chat: 32 random bytes, the same on all servers. */
  readonly id: Uint8Array;
  readonly #state: SharedState;
  readonly #replicas: Replicas;
  readonly #rooms: SharedRooms;
  readonly #topics: SharedTopics;
  readonly #names: SharedNames;
  readonly #sanctions: SharedSanctions;

  private constructor(
    options: ClusterStoreOptions,
    { id, state, replicas }: {
      readonly id: Uint8Array;
      readonly state: SharedState;
      readonly replicas: Replicas;
    },
  ) {
    this.id = id;
    this.#state = state;
    this.#replicas = replicas;
    this.#rooms = new SharedRooms({ ...options, id, state, replicas });
    this.#topics = new SharedTopics(state);
    this.#names = new SharedNames(state);
    this.#sanctions = new SharedSanctions(state);
  }

  /**
   * Opens the store, and reads everything but notes.
   *
   * @throws {ChatError} `unavailable`, if the engine does not answer, or the file cannot be used;
   * `lost`, if the engine does not have the notes that the file has.
   * @throws {RangeError} if the retention is not valid.
   */
  static async open(options: ClusterStoreOptions): Promise<ClusterStore> {
    checkRetention(options.retention);
    await using stack = new AsyncDisposableStack();
    const journal = options.engine.journals.state;
    const state = stack.use(await SharedState.open(journal, options));
    const id = await chatId(state, journal);
    const replicas = stack.use(await openReplicas(id, options));
    if (replicas.mark) await confirmBatch(options.engine.journals.notes, replicas.mark);
    const store = new ClusterStore(options, { id, state, replicas });
    await replicas.retain(store.#rooms.histories());
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

  followFailures(onFailure: (room: string) => void): Disposable {
    return this.#rooms.followFailures(onFailure);
  }

  topics(): Promise<ReadonlyMap<string, Topic>> {
    return Promise.resolve(this.#topics.all());
  }

  saveTopic(room: string, change: () => Topic): Promise<void> {
    return this.#rooms.saveTopic(room, change);
  }

  followTopics(onChange: (change: TopicChange) => void): Disposable {
    return this.#topics.follow(onChange);
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
    this.#replicas.check?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state[Symbol.dispose]();
    await this.#rooms.close();
    await this.#replicas[Symbol.asyncDispose]();
  }
}

async function openReplicas(
  chat: Uint8Array,
  { data, engine, ...options }: ClusterStoreOptions,
): Promise<Replicas> {
  if (data === undefined) return new MemoryReplicas(options.retention);
  const { name } = engine;
  const lose = (reason: string) => engine.lose(reason);
  return await SqliteReplicas.open(data, { ...options, chat, name, lose });
}

/**
 * Returns the chat's id, which the first server makes.
 *
 * @throws {ChatError} `invalid`, if there is another entry in its place: with a new id all rooms
 * would begin anew.
 */
async function chatId(state: SharedState, journal: Journal): Promise<Uint8Array> {
  const stored = await journal.newest("id");
  await journal.reach(stored); // Another server may be making it.
  if (stored > 0 && !state.get("id")) {
    throw new ChatError("invalid", "The id of the chat in the engine is damaged: restore a backup");
  }
  await state.change("id", (current) => {
    if (current) return undefined;
    return { value: crypto.getRandomValues(new Uint8Array(32)).toHex() };
  });
  return Uint8Array.fromHex(String(state.get("id")?.value));
}
