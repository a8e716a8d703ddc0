import type { Engine } from "../../../server/cluster/engine.ts";
import type { OpenLog } from "../../../server/storage/cluster/rooms.ts";
import { ClusterStore } from "../../../server/storage/cluster/store.ts";
import { MemoryLog } from "../../../server/storage/memory/log.ts";

const EVERYTHING = { notes: 10_000, ageMs: Infinity, bytes: Infinity };

/** Logs in memory, which last as long as the result is used. No other server sees them. */
export function memoryLogs(): OpenLog {
  const logs = new Map<string, MemoryLog>();
  return ({ history, origins, beforeFirst }) => {
    const log = logs.get(history) ?? new MemoryLog(EVERYTHING, { history, origins });
    logs.set(history, log);
    const append = MemoryLog.prototype.append.bind(log);
    return Promise.resolve(Object.assign(log, {
      append: async (...[drafts, now]: Parameters<typeof append>) => {
        if (log.head === 0 && drafts.length > 0) await beforeFirst();
        return await append(drafts, now);
      },
      close: () => {},
    }));
  };
}

/** Opens the store of a server on an engine. */
export function openClusterStore(
  { journals }: Engine,
  { maxRooms = 100, openLog = memoryLogs() }: {
    readonly maxRooms?: number;
    readonly openLog?: OpenLog;
  } = {},
): Promise<ClusterStore> {
  return ClusterStore.open({
    journals,
    maxRooms,
    openLog,
    onError: (error) => {
      throw error;
    },
  });
}
