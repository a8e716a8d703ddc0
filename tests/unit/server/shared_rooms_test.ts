import { startMemoryCluster } from "../../support/cluster/memory_cluster.ts";
import { testSharedRooms } from "../../support/cluster/shared_rooms.ts";

testSharedRooms("an engine in memory", startMemoryCluster);
