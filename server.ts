/**
 * Serves a room: puts the log, the room and the gRPC edge together.
 *
 * @module
 */

import type { Note } from "./room/note.ts";
import { Room } from "./room/room.ts";
import { listen } from "./server/grpc.ts";
import { MemoryLog } from "./server/memory_log.ts";

/** How to serve. */
export interface ServeOptions {
  /** Where to listen: `HOST:PORT` (port 0 picks a free one) or `unix:PATH`. Default `127.0.0.1:11912`. */
  address?: string;
  /** How many notes the room keeps for those who come later. Default 10,000. */
  keep?: number;
  /** The largest message, in bytes of UTF-8. Default 16,384. */
  maxNoteBytes?: number;
  /** Hears of errors that are the server's own fault. Default: they go to standard error. */
  onError?: (error: unknown) => void;
}

/** A running server. */
export interface ChatServer extends AsyncDisposable {
  /** Where it listens, with the port that was picked. */
  readonly address: string;
  /** Streams what is said from now on, as it is said, until `signal` is aborted. */
  notes(signal: AbortSignal): AsyncIterable<readonly Note[]>;
  /**
   * Stops: accepts nothing new, tells the readers to try again later, and cuts off
   * those that are still there after `graceMs` milliseconds (default 2,000).
   */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Serves one room until it is stopped.
 *
 * @example
 * ```ts
 * import { serve } from "./server.ts";
 *
 * await using server = await serve({ address: "127.0.0.1:0" });
 * console.log(`listening on ${server.address}`);
 * ```
 *
 * @throws {ChatError} `unavailable`, if the address cannot be listened on.
 * @throws {RangeError} if a number is out of its bounds.
 */
export async function serve(options: ServeOptions = {}): Promise<ChatServer> {
  const {
    address = "127.0.0.1:11912",
    keep = 10_000,
    maxNoteBytes = 16_384,
    // deno-lint-ignore no-console -- the default of a library, which has nowhere else to write
    onError = (error) => console.error(error),
  } = options;
  const room = new Room(new MemoryLog(keep), { defer: setImmediate });
  const grpc = await listen({ address, room, maxNoteBytes, onError });
  let stopping: Promise<void> | undefined;
  const stop = (graceMs = 2_000) => stopping ??= grpc.stop(graceMs);
  return {
    address: grpc.address,
    notes: (signal) => follow(room, signal),
    stop,
    [Symbol.asyncDispose]: () => stop(),
  };
}

async function* follow(room: Room, signal: AbortSignal): AsyncGenerator<readonly Note[], void> {
  try {
    for await (const run of room.read(room.head + 1, signal)) yield run.notes;
  } catch (error) {
    if (error !== signal.reason) throw error;
  }
}
