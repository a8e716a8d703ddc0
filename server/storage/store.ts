import type { SanctionStore } from "../../room/sanctions.ts";
import type { LogStore, Retention } from "../../room/state/log.ts";
import type { NameStore } from "../../room/state/name_store.ts";
import type { TopicStore } from "../../room/topics/topic_store.ts";
import { MemoryStore } from "./memory/store.ts";
import type { BackupOptions, TemporaryCopy } from "./sqlite/backup.ts";
import { SqliteStore } from "./sqlite/store.ts";

/** Stores everything that outlasts a session: notes, topics, the owners of names, and sanctions. */
export interface Store extends LogStore, TopicStore, NameStore, SanctionStore {
  /** Identifies this store: 32 random bytes. */
  readonly id: Uint8Array;
  /**
   * Makes a temporary copy of everything. Missing if the store is in memory.
   *
   * @throws {ChatError} `unavailable`, if it cannot be copied.
   */
  copy?(options?: BackupOptions): Promise<TemporaryCopy>;
  /**
   * Checks that stored data will be found again. Missing if the store is in memory.
   *
   * @throws {ChatError} `unavailable`, if it will not.
   */
  check?(): void;
}

/**
 * Opens the store of a server.
 *
 * @param data The SQLite file. Default: everything is kept in memory.
 * @throws {ChatError} `unavailable`, if the file cannot be used.
 * @throws {RangeError} if the retention is not valid.
 */
export function openStore(data: string | undefined, retention: Retention): Store {
  return data === undefined ? new MemoryStore(retention) : SqliteStore.open(data, retention);
}
