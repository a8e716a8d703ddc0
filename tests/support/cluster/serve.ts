import type { ServeOptions } from "../../../mod.ts";
import { serve } from "../../../server.ts";
import { joinLibraryChat, type LibraryChat } from "../library_chat.ts";
import { Peer } from "../wire/grpc_peer.ts";
import type { MemoryCluster, MemoryEngine } from "./memory_engine.ts";

/** Starts a server of a chat in memory, with a raw connection to it. */
export async function serveOn(cluster: MemoryCluster, options: ServeOptions = {}) {
  await using stack = new AsyncDisposableStack();
  let engine: MemoryEngine;
  const server = stack.use(
    await serve({
      ...{ address: "127.0.0.1:0", rate: 0, cluster: { urls: ["nats://127.0.0.1"] } },
      ...{ onEvent: () => {}, ...options },
    }, { connect: () => Promise.resolve(engine = cluster.connect()) }),
  );
  const peer = new Peer(server.address);
  stack.defer(() => peer[Symbol.dispose]());
  const resources = stack.move();
  return {
    ...{ server, address: server.address, engine: engine!, peer },
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}

/** Joins, and waits until that is done. */
export async function enter(...args: Parameters<typeof joinLibraryChat>): Promise<LibraryChat> {
  const chat = joinLibraryChat(...args);
  await Promise.race([chat.until(({ happened }) => happened.includes("connected")), chat.ended]);
  return chat;
}
