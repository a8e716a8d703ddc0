import type { Socket } from "node:net";
import process from "node:process";

/** The size of a full frame of HTTP/2 with its head, in bytes: the default of RFC 9113, 4.2. */
const FULL_FRAME_BYTES = 16_384 + 9;

/**
 * Makes a socket send all frames of a message in one system call. HTTP/2 writes each frame by itself,
 * and a full one is usually followed by another.
 */
export function gatherWrites(socket: Socket): void {
  const write = socket.write as (chunk: Uint8Array, ...args: unknown[]) => boolean;
  let isCorked = false;
  const uncork = () => {
    if (!isCorked) return;
    isCorked = false;
    socket.uncork();
  };
  socket.write = (chunk: Uint8Array, ...args: unknown[]): boolean => {
    const isFull = chunk.length >= FULL_FRAME_BYTES;
    if (isFull && !isCorked) {
      isCorked = true;
      socket.cork();
      process.nextTick(uncork);
    }
    const canTakeMore = write.call(socket, chunk, ...args);
    if (!isFull) uncork();
    return canTakeMore;
  };
}
