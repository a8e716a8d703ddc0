import { MemoryStore } from "../../server/storage/memory/store.ts";
import { SqliteStore } from "../../server/storage/sqlite/store.ts";
import { ClusterLogs } from "../support/cluster/logs.ts";
import { MemoryCluster } from "../support/cluster/memory_engine.ts";
import { type OpenLogStore, testLogs } from "../support/stores/logs.ts";

const STORES: [name: string, open: OpenLogStore][] = [
  ["MemoryLog", (_folder, retention) => new MemoryStore(retention)],
  ["SqliteLog in a file", (folder, retention) => SqliteStore.open(`${folder}/a.db`, retention)],
  ["SqliteLog in memory", (_folder, retention) => SqliteStore.open(":memory:", retention)],
  [
    "ClusterLog on an engine in memory",
    (_folder, retention) => new ClusterLogs(new MemoryCluster().connect(), { retention }),
  ],
];

for (const [name, open] of STORES) testLogs(name, open);
