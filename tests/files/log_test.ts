import { ChatError } from "../../room/errors.ts";
import { checkRetention } from "../../room/state/log.ts";
import { MemoryStore } from "../../server/storage/memory/store.ts";
import { SqliteReplicas } from "../../server/storage/sqlite/replicas.ts";
import { SqliteStore } from "../../server/storage/sqlite/store.ts";
import { ClusterLogs } from "../support/cluster/logs.ts";
import { MemoryCluster } from "../support/cluster/memory_engine.ts";
import { type OpenLogStore, testLogs } from "../support/stores/logs.ts";
import { testSearches } from "../support/stores/searches.ts";

const STORES: [name: string, open: OpenLogStore][] = [
  ["MemoryLog", (_folder, retention) => new MemoryStore(retention)],
  ["SqliteLog in a file", (folder, retention) => SqliteStore.open(`${folder}/a.db`, retention)],
  ["SqliteLog in memory", (_folder, retention) => SqliteStore.open(":memory:", retention)],
  [
    "ClusterLog on an engine in memory",
    (_folder, retention) => new ClusterLogs(new MemoryCluster().connect(), { retention }),
  ],
  [
    "ClusterLog with a replica in a file",
    async (folder, retention) => {
      checkRetention(retention);
      const lose = (reason: string) => new ChatError("lost", reason);
      const options = { chat: new Uint8Array(32), name: "chat", lose, retention, onError };
      const replicas = await SqliteReplicas.open(`${folder}/a.db`, options);
      return new ClusterLogs(new MemoryCluster().connect(), { retention, replicas });
    },
  ],
];

function onError(error: unknown): void {
  throw error;
}

for (const [name, open] of STORES) {
  testLogs(name, open);
  testSearches(name, open);
}
