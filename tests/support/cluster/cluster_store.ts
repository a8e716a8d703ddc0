import type { Engine } from "../../../server/cluster/engine.ts";
import { ClusterStore, type ClusterStoreOptions } from "../../../server/storage/cluster/store.ts";

const EVERYTHING = { notes: 10_000, ageMs: Infinity, bytes: Infinity };

/** Opens the store of a server on an engine; `options` replace the default ones. */
export function openClusterStore(
  engine: Engine,
  maxRooms = 100,
  options: Partial<ClusterStoreOptions> = {},
): Promise<ClusterStore> {
  return ClusterStore.open({
    engine,
    retention: EVERYTHING,
    maxRooms,
    onError: (error) => {
      throw error;
    },
    ...options,
  });
}
