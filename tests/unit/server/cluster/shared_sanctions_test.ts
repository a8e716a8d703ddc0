import { startMemoryCluster } from "../../../support/cluster/memory_cluster.ts";
import { testSharedSanctions } from "../../../support/cluster/shared_sanctions.ts";

testSharedSanctions("an engine in memory", startMemoryCluster);
