import type { Engine } from "../../../server/cluster/engine.ts";
import { ClusterStore, type ClusterStoreOptions } from "../../../server/storage/cluster/store.ts";

const EVERYTHING = { notes: 10_000, ageMs: Infinity, bytes: Infinity };

/** Opens the store of a server on an engine. */
export function openClusterStore(
  engine: Engine,
  options: Partial<Pick<ClusterStoreOptions, "maxRooms" | "data" | "retention" | "onError">> = {},
): Promise<ClusterStore> {
  return ClusterStore.open({
    ...{ engine, retention: EVERYTHING, maxRooms: 100 },
    onError: (error) => {
      throw error;
    },
    ...options,
  });
}
