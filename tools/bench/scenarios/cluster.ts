import type { Scenario } from "../support/measurement.ts";
import { clusterFanout } from "./cluster_fanout.ts";
import { clusterPosts } from "./cluster_posts.ts";

/** Several servers of one chat: what their authors and their readers get. */
export const cluster: Scenario = async (options) => [
  ...await clusterPosts(options),
  ...await clusterFanout(options),
];
