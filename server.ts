/**
 * Serves rooms: puts the log, the rooms and the gRPC edge together.
 *
 * @module
 */

import { DEFAULTS } from "./room/defaults.ts";
import type { LogStore, Retention } from "./room/log.ts";
import type { Note } from "./room/note.ts";
import { Rooms } from "./room/rooms.ts";
import { listen } from "./server/grpc.ts";
import { MemoryStore } from "./server/memory_log.ts";
import { SqliteStore } from "./server/sqlite_store.ts";
import { perTurn, restBetweenReads } from "./server/turns.ts";

/** How to serve, and within which bounds. */
export interface ServeOptions {
  /** Where to listen: `HOST:PORT` (port 0 picks a free one) or `unix:PATH`. Default `127.0.0.1:11912`. */
  address?: string;
  /** The SQLite file that keeps the notes; made if it is not there. Default: they are kept in memory. */
  data?: string;
  /** How many notes each room keeps. Default 1,000,000. */
  keep?: number;
  /** How long a note is kept, in milliseconds. Default: for ever. */
  keepAgeMs?: number;
  /** How much text each room keeps, in bytes of UTF-8. Default 1 GiB. */
  keepBytes?: number;
  /** The largest message, in bytes of UTF-8. Default 16,384. */
  maxNoteBytes?: number;
  /** How many rooms there may be. Default 1,000. */
  maxRooms?: number;
  /** How many members a room takes. Default 1,000. */
  maxMembers?: number;
  /** How many posts of a session may be unanswered before it reads no more. Default 1,024. */
  maxInFlight?: number;
  /** Hears of errors that are the server's own fault. Default: they go to standard error. */
  onError?: (error: unknown) => void;
}

/** What was said to all in a room. */
export interface RoomNotes {
  /** The room. */
  readonly room: string;
  /** The notes, in order. */
  readonly notes: readonly Note[];
}

/** A running server. */
export interface ChatServer extends AsyncDisposable {
  /** Where it listens, with the port that was picked. */
  readonly address: string;
  /**
   * Streams what is said to all from now on in all rooms, as it is said, until `signal` is
   * aborted. Whispers are not among it.
   */
  notes(signal: AbortSignal): AsyncIterable<RoomNotes>;
  /**
   * Stops: accepts nothing new, tells everybody to try again later, and cuts off those
   * who are still there after `graceMs` milliseconds (default 2,000).
   */
  stop(graceMs?: number): Promise<void>;
}

/** How often notes that have become too old are looked for, in milliseconds. */
const TRIM_INTERVAL_MS = 10_000;

/**
 * Serves rooms until it is stopped.
 *
 * @example
 * ```ts
 * import { serve } from "./server.ts";
 *
 * await using server = await serve({ address: "127.0.0.1:0" });
 * console.log(`listening on ${server.address}`);
 * ```
 *
 * @throws {ChatError} `unavailable`, if the address cannot be listened on or the file
 * cannot be used.
 * @throws {RangeError} if a bound is not at least 1.
 */
export async function serve(options: ServeOptions = {}): Promise<ChatServer> {
  const {
    address = `${DEFAULTS.host}:${DEFAULTS.port}`,
    data,
    keep = DEFAULTS.keep,
    keepAgeMs = DEFAULTS.keepAgeMs,
    keepBytes = DEFAULTS.keepBytes,
    maxNoteBytes = DEFAULTS.maxNoteBytes,
    maxRooms = DEFAULTS.maxRooms,
    maxMembers = DEFAULTS.maxMembers,
    maxInFlight = DEFAULTS.maxInFlight,
    // deno-lint-ignore no-console -- the default of a library, which has nowhere else to write
    onError = (error) => console.error(error),
  } = options;

  const bounds = { keep, keepAgeMs, keepBytes, maxNoteBytes, maxRooms, maxMembers, maxInFlight };
  for (const [name, value] of Object.entries(bounds)) {
    if (!(value >= 1)) throw new RangeError(`${name} ${value}: must be at least 1`);
  }

  await using stack = new AsyncDisposableStack();
  const store = stack.use(
    await openStore(data, {
      notes: keep,
      ageMs: keepAgeMs,
      bytes: keepBytes,
    }),
  );
  const rooms = await Rooms.open(store, {
    now: Date.now,
    defer: perTurn(),
    rest: restBetweenReads(),
    onError,
    maxRooms,
    maxMembers,
  });
  const trimming = setInterval(() => void rooms.trim().catch(onError), TRIM_INTERVAL_MS);
  stack.defer(() => clearInterval(trimming));
  const grpc = await listen({ address, rooms, maxNoteBytes, maxInFlight, onError });
  const closing = stack.move();

  let stopping: Promise<void> | undefined;
  const stop = (graceMs: number = DEFAULTS.graceMs) =>
    stopping ??= grpc.stop(graceMs).then(() => closing.disposeAsync());
  return {
    address: grpc.address,
    notes: (signal) => untilAborted(rooms.read(signal), signal),
    stop,
    [Symbol.asyncDispose]: () => stop(),
  };
}

async function openStore(data: string | undefined, retention: Retention): Promise<LogStore> {
  return data === undefined ? new MemoryStore(retention) : await SqliteStore.open(data, retention);
}

/** Ends an endless stream quietly when `signal` is aborted. */
async function* untilAborted<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    if (error !== signal.reason) throw error;
  }
}
