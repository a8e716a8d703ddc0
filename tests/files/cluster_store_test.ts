import { openClusterStore } from "../support/cluster/cluster_store.ts";
import { MemoryCluster } from "../support/cluster/memory_engine.ts";
import { testNames } from "../support/stores/names.ts";
import { testRooms } from "../support/stores/rooms.ts";
import { testSanctions } from "../support/stores/sanctions.ts";

const open = () => openClusterStore(new MemoryCluster().connect());

testNames("ClusterStore", open);
testSanctions("ClusterStore", open);
testRooms("ClusterStore", open);
