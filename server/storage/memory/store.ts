import { foldName } from "../../../room/note.ts";
import type { OwnedName } from "../../../room/owned_name.ts";
import type { Sanction, SanctionStore } from "../../../room/sanctions.ts";
import { checkRetention, type LogStore, type Retention } from "../../../room/state/log.ts";
import type { NameStore } from "../../../room/state/name_store.ts";
import type { TopicStore } from "../../../room/topics/topic_store.ts";
import type { Topic } from "../../../room/topic.ts";
import { MemoryLog } from "./log.ts";

/** A log, and the spelling of the name of its room. */
interface StoredLog {
  readonly log: MemoryLog;
  readonly spelling: () => string;
}

/** Logs, topics, owned names and sanctions, kept for the lifetime of the process. */
export class MemoryStore implements LogStore, TopicStore, NameStore, SanctionStore {
  /** Identifies this store's server: 32 random bytes. */
  readonly id: Uint8Array = crypto.getRandomValues(new Uint8Array(32));
  readonly #retention: Retention;
  /** By folded name. */
  readonly #logs = new Map<string, StoredLog>();
  /** By folded name. */
  readonly #topics = new Map<string, Topic>();
  /** By folded name. */
  readonly #owned = new Map<string, OwnedName>();
  readonly #sanctions = new Map<string, Sanction>();

  /**
   * Creates an empty store.
   *
   * @throws {RangeError} if a bound is not a number of at least 1, or `notes` not an integer.
   */
  constructor(retention: Retention) {
    checkRetention(retention);
    this.#retention = retention;
  }

  rooms(): Promise<string[]> {
    const used = [...this.#logs].filter(([room, { log }]) =>
      log.head > 0 || this.#topics.has(room)
    );
    return Promise.resolve(used.map(([, { spelling }]) => spelling()));
  }

  open(room: string, spelling = () => room): Promise<MemoryLog> {
    let stored = this.#logs.get(room);
    if (!stored) {
      stored = { log: new MemoryLog(this.#retention), spelling };
      this.#logs.set(room, stored);
    }
    return Promise.resolve(stored.log);
  }

  remove(room: string): Promise<number> {
    const log = this.#logs.get(room)?.log;
    this.#logs.delete(room);
    this.#topics.delete(room);
    return Promise.resolve(log ? log.head + 1 - log.first : 0);
  }

  topics(): Promise<ReadonlyMap<string, Topic>> {
    return Promise.resolve(new Map(this.#topics));
  }

  // deno-lint-ignore require-await -- so that exceptions become rejections
  async saveTopic(room: string, change: () => Topic): Promise<void> {
    this.#topics.set(room, change());
  }

  ownedNames(): Promise<OwnedName[]> {
    return Promise.resolve([...this.#owned.values()]);
  }

  saveOwnedName(name: OwnedName): Promise<void> {
    this.#owned.set(foldName(name.name), name);
    return Promise.resolve();
  }

  releaseName(name: string): Promise<void> {
    this.#owned.delete(foldName(name));
    return Promise.resolve();
  }

  sanctions(): Promise<Sanction[]> {
    return Promise.resolve([...this.#sanctions.values()]);
  }

  saveSanction(sanction: Sanction): Promise<void> {
    this.#sanctions.set(`${sanction.kind} ${sanction.principal}`, sanction);
    return Promise.resolve();
  }

  liftSanction({ kind, principal }: Pick<Sanction, "kind" | "principal">): Promise<void> {
    this.#sanctions.delete(`${kind} ${principal}`);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#logs.clear();
    return Promise.resolve();
  }
}
