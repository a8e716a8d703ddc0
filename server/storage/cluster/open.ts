import { checkRetention, type Retention } from "../../../room/state/log.ts";
import type { Engine } from "../../cluster/engine.ts";
import { MemoryLog } from "../memory/log.ts";
import { ClusterLog } from "./log.ts";
import type { OpenLog } from "./rooms.ts";
import { ClusterStore } from "./store.ts";

/** Options for opening the store of a server on an engine. */
export interface OpenOptions {
  /** What this server keeps of each room, and leaves in the engine. */
  readonly retention: Retention;
  /** The most rooms on all servers together, besides the lobby. */
  readonly maxRooms: number;
  /** Called with errors that no caller is there for. */
  readonly onError: (error: unknown) => void;
}

/**
 * Opens the store of a server on an engine, with its replicas of the notes in memory, and reads
 * everything but the notes.
 *
 * @throws {ChatError} `unavailable`, if the engine does not answer.
 * @throws {RangeError} if the retention is not valid.
 */
export async function openClusterStore(
  engine: Engine,
  { retention, maxRooms, onError }: OpenOptions,
): Promise<ClusterStore> {
  checkRetention(retention);
  const { journals, maxEntryBytes } = engine;
  const openLog: OpenLog = (log) => {
    const { history, origins } = log;
    return ClusterLog.open({
      ...log,
      journal: journals.notes,
      replica: (head) => Promise.resolve(new MemoryLog(retention, { history, origins, head })),
      maxBytes: maxEntryBytes,
      onError,
    });
  };
  return await ClusterStore.open({ journals, openLog, maxRooms, onError });
}
