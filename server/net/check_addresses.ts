import { cannotListen, parseListenAddress } from "./listen_address.ts";
import { checkFree, type ListeningSocket, listenTcp, listenUnix } from "./listening_socket.ts";

/**
 * Checks that all addresses can be listened on at once, without keeping them. It is for a server
 * that must not make any file if it cannot listen: making them takes time, in which no connection
 * may wait. Connections of that moment are dropped.
 *
 * @throws {ChatError} `unavailable`, with the first one that cannot.
 */
export async function checkAddresses(addresses: readonly string[]): Promise<void> {
  using held = new DisposableStack();
  for (const address of addresses) {
    held.adopt(await listen(address), (socket) => socket.close());
  }
}

async function listen(text: string): Promise<ListeningSocket> {
  const address = parseListenAddress(text);
  try {
    if ("port" in address) return await listenTcp(address, (socket) => socket.destroy());
    await checkFree(address.path);
    return await listenUnix(address.path, (socket) => socket.destroy(), 0o600);
  } catch (cause) {
    throw cannotListen(text, cause);
  }
}
