import { cannotListen, parseListenAddress } from "./listen_address.ts";
import { checkFolder, checkFree, checkTcp } from "./listening_socket.ts";

/**
 * Checks that an address can be listened on, without keeping it. Call it before creating files. That
 * takes time, and a listening socket would keep clients waiting.
 *
 * @throws {ChatError} `unavailable`, if it cannot.
 */
export async function checkAddress(text: string): Promise<void> {
  const address = parseListenAddress(text);
  try {
    if ("path" in address) {
      await checkFree(address.path);
      await checkFolder(address.path);
    } else await checkTcp(address);
  } catch (cause) {
    throw cannotListen(text, cause);
  }
}
