/**
 * Serves rooms: puts the log, the rooms and the gRPC edge together.
 *
 * @module
 */

import { DEFAULTS } from "./room/defaults.ts";
import type { LogStore, Retention } from "./room/log.ts";
import type { Note } from "./room/note.ts";
import { Names, type NameStore } from "./room/names.ts";
import { Rooms } from "./room/rooms.ts";
import { Gate } from "./server/gate.ts";
import { listen } from "./server/grpc.ts";
import { MemoryStore } from "./server/memory_log.ts";
import { isLocal, publicAddress } from "./server/reachable.ts";
import { sparingly } from "./server/refusals.ts";
import { SqliteStore } from "./server/sqlite_store.ts";
import { chooseTls, type Encryption, encryptionOf } from "./server/tls.ts";
import { perTurn, restBetweenReads } from "./server/turns.ts";

export { parseMembers } from "./server/members.ts";
export type { Encryption } from "./server/tls.ts";

/** How to serve, and within which bounds. */
export interface ServeOptions {
  /** Where to listen: `HOST:PORT` (port 0 picks a free one) or `unix:PATH`. Default `127.0.0.1:11912`. */
  address?: string;
  /** The SQLite file that keeps the notes; made if it is not there. Default: they are kept in memory. */
  data?: string;
  /**
   * Whether to encrypt; with `false` everybody on the way can read and change what is said.
   * Default: unless only this machine gets to the address.
   */
  tls?: boolean;
  /** The file of the server's certificate, in PEM. Default: it makes its own, beside `data`. */
  tlsCert?: string;
  /** The file of the certificate's private key, in PEM. */
  tlsKey?: string;
  /** The file of the authorities whose clients alone are let in, in PEM. Default: all are. */
  clientCa?: string;
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
  /** How many names may belong to one key. Default 10. */
  maxNames?: number;
  /** How many names may belong to somebody in all. Default 100,000. */
  maxOwned?: number;
  /**
   * The keys that get in: a line each with the public key in base64 or its fingerprint; behind
   * a `#` is a comment. Default: all, and those without one.
   */
  members?: string;
  /** What those have to know who are not in `members`. Default: nothing. */
  password?: string;
  /** How many posts of a session may be unanswered before it reads no more. Default 1,024. */
  maxInFlight?: number;
  /**
   * How many notes a session may post in a second, or those who have none from their address;
   * 0 for any number. Default 10.
   */
  rate?: number;
  /** How many notes may be posted at once after a rest. Default 20. */
  burst?: number;
  /** How many sessions a connection may have. Default 100. */
  maxSessions?: number;
  /** How many connections there may be in all. Default 2,000. */
  maxConnections?: number;
  /** How many connections an address may have; for IPv6, a /64 network. Default 200. */
  maxPerAddress?: number;
  /**
   * How long a connection may take to its first call, and a session to join, in milliseconds.
   * Default 10,000.
   */
  joinTimeoutMs?: number;
  /** How long a connection may be without a call, in milliseconds. Default 300,000. */
  idleTimeoutMs?: number;
  /**
   * Hears what a bound has refused, a line for each kind, one a second at most. Default: they
   * go to standard error.
   */
  onRefused?: (words: string) => void;
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
  /** Where others reach it: its address, or one of this machine if it listens on all of them. */
  readonly publicAddress: string;
  /** True if only this machine gets there. */
  readonly isLocal: boolean;
  /** Its encryption; undefined if it speaks in plaintext. */
  readonly encryption: Encryption | undefined;
  /**
   * Streams what is said to all from now on in all rooms, as it is said, until `signal` is
   * aborted. Whispers are not among it.
   */
  notes(signal: AbortSignal): AsyncIterable<RoomNotes>;
  /**
   * Lets the keys of this list in from now on, as `members` of the options does, and no longer
   * those of the list before. Who is in stays.
   *
   * @throws {RangeError} naming the first line that it cannot read; nothing has changed then.
   */
  setMembers(members: string): Promise<void>;
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
 * @throws {ChatError} `invalid`, if a certificate or a key does not do.
 * @throws {RangeError} if a bound is not at least 1, the choices for TLS do not go together,
 * or the list of members cannot be read.
 */
export async function serve(options: ServeOptions = {}): Promise<ChatServer> {
  const {
    address = `${DEFAULTS.host}:${DEFAULTS.port}`,
    data,
    tls,
    tlsCert,
    tlsKey,
    clientCa,
    keep = DEFAULTS.keep,
    keepAgeMs = DEFAULTS.keepAgeMs,
    keepBytes = DEFAULTS.keepBytes,
    maxNoteBytes = DEFAULTS.maxNoteBytes,
    maxRooms = DEFAULTS.maxRooms,
    maxMembers = DEFAULTS.maxMembers,
    maxNames = DEFAULTS.maxNames,
    maxOwned = DEFAULTS.maxOwned,
    members,
    password,
    maxInFlight = DEFAULTS.maxInFlight,
    rate = DEFAULTS.rate,
    burst = DEFAULTS.burst,
    maxSessions = DEFAULTS.maxSessions,
    maxConnections = DEFAULTS.maxConnections,
    maxPerAddress = DEFAULTS.maxPerAddress,
    joinTimeoutMs = DEFAULTS.joinTimeoutMs,
    idleTimeoutMs = DEFAULTS.idleTimeoutMs,
    // deno-lint-ignore no-console -- the default of a library, which has nowhere else to write
    onError = (error) => console.error(error),
    // deno-lint-ignore no-console -- the same
    onRefused = (words) => console.error(`refused: ${words}`),
  } = options;

  const bounds = {
    keep,
    keepAgeMs,
    keepBytes,
    maxNoteBytes,
    maxRooms,
    maxMembers,
    maxNames,
    maxOwned,
    maxInFlight,
    burst,
    maxSessions,
    maxConnections,
    maxPerAddress,
    joinTimeoutMs,
    idleTimeoutMs,
  };
  if (!(rate >= 0)) throw new RangeError(`rate ${rate}: must be at least 0`);
  for (const [name, value] of Object.entries(bounds)) {
    if (!(value >= 1)) throw new RangeError(`${name} ${value}: must be at least 1`);
  }

  const local = await isLocal(address);
  const choice = { address, isLocal: local, tls, tlsCert, tlsKey, clientCa, data };
  const serverTls = await chooseTls(choice, new Date());

  await using stack = new AsyncDisposableStack();
  const store = stack.use(
    await openStore(data, {
      notes: keep,
      ageMs: keepAgeMs,
      bytes: keepBytes,
    }),
  );
  const gate = await Gate.of({ members, password });
  const names = await Names.open(store, { now: Date.now, maxNames, maxOwned });
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
  const grpc = await listen({
    address,
    tls: serverTls,
    server: serverTls
      ? { transport: "tls", id: serverTls.digest }
      : { transport: "plain", id: store.id },
    rooms,
    names,
    gate,
    maxNoteBytes,
    maxInFlight,
    rate: { perSecond: rate, burst },
    maxSessions,
    maxConnections,
    maxPerAddress,
    joinTimeoutMs,
    idleTimeoutMs,
    onError,
    onRefused: sparingly(onRefused),
  });
  const closing = stack.move();

  let stopping: Promise<void> | undefined;
  const stop = (graceMs: number = DEFAULTS.graceMs) =>
    stopping ??= grpc.stop(graceMs).then(() => closing.disposeAsync());
  return {
    address: grpc.address,
    publicAddress: publicAddress(grpc.address),
    isLocal: local,
    encryption: serverTls && encryptionOf(serverTls),
    notes: (signal) => untilAborted(rooms.read(signal), signal),
    setMembers: (members) => gate.setMembers(members),
    stop,
    [Symbol.asyncDispose]: () => stop(),
  };
}

/** Where a server keeps what outlasts it, and what tells it from others. */
type Store = LogStore & NameStore & { readonly id: Uint8Array };

async function openStore(data: string | undefined, retention: Retention): Promise<Store> {
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
