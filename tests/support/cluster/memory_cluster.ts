import { MemoryCluster } from "./memory_engine.ts";
import type { TestCluster } from "./shared_store.ts";

/** Starts a cluster in memory. */
export function startMemoryCluster(): Promise<TestCluster> {
  const cluster = new MemoryCluster();
  const stack = new AsyncDisposableStack();
  return Promise.resolve({
    connect: () => Promise.resolve(stack.use(cluster.connect())),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  });
}
