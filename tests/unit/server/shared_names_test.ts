import { startMemoryCluster } from "../../support/cluster/memory_cluster.ts";
import { testSharedNames } from "../../support/cluster/shared_names.ts";

testSharedNames("an engine in memory", startMemoryCluster);
