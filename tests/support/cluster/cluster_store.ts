import type { Engine } from "../../../server/cluster/engine.ts";
import { ClusterStore } from "../../../server/storage/cluster/store.ts";

const EVERYTHING = { notes: 10_000, ageMs: Infinity, bytes: Infinity };

/** Opens the store of a server on an engine. */
export function openClusterStore(engine: Engine, maxRooms = 100): Promise<ClusterStore> {
  return ClusterStore.open({
    engine,
    retention: EVERYTHING,
    maxRooms,
    onError: (error) => {
      throw error;
    },
  });
}
