import { startMemoryCluster } from "../../../support/cluster/memory_cluster.ts";
import { testSharedSanctions } from "../../../support/cluster/shared_sanctions.ts";
import { testSharedTopics } from "../../../support/cluster/shared_topics.ts";

testSharedSanctions("an engine in memory", startMemoryCluster);
testSharedTopics("an engine in memory", startMemoryCluster);
