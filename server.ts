/**
 * Serves rooms: puts the log, the rooms and the gRPC edge together.
 *
 * @module
 */

import { DEFAULTS } from "./room/defaults.ts";
import { LIMITS } from "./room/limits.ts";
import type { Note } from "./room/note.ts";
import { Sanctions, type SanctionStore } from "./room/sanctions.ts";
import type { LogStore, Retention } from "./room/state/log.ts";
import { Names, type NameStore } from "./room/state/names.ts";
import { Rooms } from "./room/state/rooms.ts";
import { notListedError } from "./server/access/admission.ts";
import { Gate } from "./server/access/gate.ts";
import { Moderation, type OpenSession } from "./server/access/moderation.ts";
import { RateLimits } from "./server/access/rate_limits.ts";
import { type Bounds, resolveBounds } from "./server/bounds.ts";
import { batchPerTick, yieldToEventLoop } from "./server/event_loop.ts";
import type { ServerEvent } from "./server/events/event.ts";
import { throttle } from "./server/events/throttle.ts";
import { MetricsServer } from "./server/metrics/http_server.ts";
import { Metrics } from "./server/metrics/metrics.ts";
import { openTelemetry } from "./server/metrics/opentelemetry.ts";
import { CHECK_INTERVAL_MS, SlowReaders } from "./server/metrics/slow_readers.ts";
import { toStats } from "./server/metrics/stats.ts";
import { isLocal, publicAddress } from "./server/net/public_address.ts";
import type { ServeOptions } from "./server/options.ts";
import { listen } from "./server/rpc/grpc.ts";
import { Backups } from "./server/storage/backups.ts";
import { MemoryStore } from "./server/storage/memory_store.ts";
import { SqliteStore } from "./server/storage/sqlite/store.ts";
import { watchData } from "./server/storage/watch_data.ts";
import { chooseServerTls, describeEncryption, type Encryption } from "./server/tls/choose.ts";

export type {
  BackupEvent,
  ErrorEvent,
  EventSubject,
  JoinEvent,
  LeaveEvent,
  ModerationEvent,
  OutageEvent,
  RecoveryEvent,
  RefusalKind,
  RefusedEvent,
  RetentionEvent,
  ServerEvent,
  ShortageEvent,
  SlowEvent,
  StartEvent,
  StopEvent,
  Throttled,
} from "./server/events/event.ts";
export { parseKeys } from "./server/access/key_list.ts";
export type { BoundOptions } from "./server/bound_options.ts";
export type { ServeOptions } from "./server/options.ts";
export type { Encryption } from "./server/tls/choose.ts";

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
  /** Where its metrics are, with the port that was picked; undefined if they are nowhere. */
  readonly metricsAddress: string | undefined;
  /** Its encryption; undefined if it speaks in plaintext. */
  readonly encryption: Encryption | undefined;
  /**
   * Streams what is said to all from now on in all rooms, as it is said, until `signal` is
   * aborted. Whispers are not among it.
   */
  notes(signal: AbortSignal): AsyncIterable<RoomNotes>;
  /**
   * Goes by these lists from now on, as by `members` and `operators` of the options, and no
   * longer by those before; one that is left out stays. Who gets in no more is sent away.
   *
   * @throws {RangeError} naming the first line that it cannot read; nothing has changed then.
   */
  setLists(lists: Pick<ServeOptions, "members" | "operators">): Promise<void>;
  /**
   * Stops: accepts nothing new, tells everybody to try again later, and cuts off those
   * who are still there after `graceMs` milliseconds (default: that of the options).
   */
  stop(graceMs?: number): Promise<void>;
}

/** How often notes that have become too old, and names that are free again, are looked for, in milliseconds. */
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
 * @throws {ChatError} `unavailable`, if an address cannot be listened on or the file
 * cannot be used.
 * @throws {ChatError} `invalid`, if a certificate or a key does not do.
 * @throws {RangeError} if a bound is out of range, the choices for TLS do not go together, or a
 * list of keys cannot be read.
 */
export async function serve(options: ServeOptions = {}): Promise<ChatServer> {
  const { address = DEFAULTS.address, socketMode, data, onEvent = printErrors } = options;
  const { members, operators, password, metrics: metricsAddress } = options;
  const { tls, tlsCert, tlsKey, clientCa } = options;
  const bounds = resolveBounds(options);
  const { keep, keepAgeMs, keepBytes } = bounds;
  const sessions = new Set<OpenSession>();
  const metrics: Metrics = new Metrics({
    sessions,
    rooms: () => rooms,
    now: () => performance.now(),
    time: Date.now,
    memory: () => Deno.memoryUsage().rss,
  });
  const throttled = throttle(onEvent);
  const report = (event: ServerEvent) => {
    metrics.record(event); // All of them, and not only those that are logged.
    try {
      throttled(event);
    } catch (error) {
      // deno-lint-ignore no-console -- whoever listens does not get to break what is under way
      console.error(error);
    }
  };
  const onError = (error: unknown) => report({ type: "error", error });

  const local = await isLocal(address);
  await using stack = new AsyncDisposableStack();
  const retention = { notes: keep, ageMs: keepAgeMs, bytes: keepBytes };
  const store = stack.use(await openStore(data, retention));
  // Not before the store is open: what fails must leave no certificate behind.
  const choice = { address, isLocal: local, tls, tlsCert, tlsKey, clientCa, data };
  const serverTls = await chooseServerTls(choice, new Date());
  const backups = stack.use(new Backups(store instanceof SqliteStore ? store : undefined));
  const gate = await Gate.create({ members, operators, password });
  const names = await Names.open(store, {
    ...bounds,
    awayMs: LIMITS.awayMs,
    now: Date.now,
    onError,
  });
  stack.defer(() => names.sweep()); // When everybody who was there is gone.
  const sanctions = await Sanctions.open(store, Date.now);
  const rooms = await Rooms.open(store, {
    ...bounds,
    now: Date.now,
    defer: batchPerTick(),
    yieldToEventLoop: yieldToEventLoop(),
    onError,
    observer: {
      appending: () => metrics.appending(),
      dropped: (room, notes) => report({ type: "retention", room, notes }),
    },
  });
  const trimming = setInterval(() => {
    void rooms.trim().catch(onError);
    void names.sweep();
  }, TRIM_INTERVAL_MS);
  stack.defer(() => clearInterval(trimming));
  const slow = new SlowReaders(report);
  const checking = setInterval(() => slow.check(sessions), CHECK_INTERVAL_MS);
  stack.defer(() => clearInterval(checking));
  const telemetry = stack.use(await openTelemetry(metrics));
  // Before the chat itself: whoever watches sees it start, and nobody is there yet if this fails.
  let isServing = false;
  const page = stack.use(
    metricsAddress === undefined ? undefined : await MetricsServer.open({
      address: metricsAddress,
      metrics: metrics.all,
      isServing: () => isServing && grpc.isServing,
      timeoutMs: bounds.joinTimeoutMs,
      report,
    }),
  );
  const grpc = await listen({
    ...bounds,
    address,
    socketMode,
    tls: serverTls,
    server: serverTls
      ? { transport: "tls", id: serverTls.digest }
      : { transport: "plain", id: store.id },
    rooms,
    names,
    gate,
    sanctions,
    sessions,
    moderation: new Moderation({
      ...{ sanctions, names, rooms, gate, sessions, report, now: Date.now },
      stats: () => toStats(metrics.all),
    }),
    backups,
    report,
    delivered: (notes) => metrics.delivered(notes),
    tracePosts: telemetry?.tracePosts,
    onCount: (connections) => metrics.connections = connections,
    rateLimits: createRateLimits(bounds),
  });
  stack.use(
    store instanceof SqliteStore
      ? watchData(() => store.check(), (error) => {
        grpc.setCanStore(error === undefined);
        if (error !== undefined) onError(error);
      })
      : undefined,
  );
  const closing = stack.move();
  isServing = true;
  const encryption = serverTls && describeEncryption(serverTls);
  const kept = { data: data ?? ":memory:", keep, keepAgeMs, keepBytes };
  report({
    type: "start",
    address: grpc.address,
    pid: Deno.pid,
    encrypted: encryption !== undefined,
    fingerprint: encryption?.fingerprint,
    metrics: page?.address,
    ...kept,
  });

  let stopping: Promise<void> | undefined;
  const stop = (graceMs: number = bounds.graceMs) => {
    if (!stopping) report({ type: "stop" });
    isServing = false;
    return stopping ??= grpc.stop(graceMs).then(() => closing.disposeAsync());
  };
  return {
    address: grpc.address,
    publicAddress: publicAddress(grpc.address),
    isLocal: local,
    metricsAddress: page?.address,
    encryption,
    notes: (signal) => endOnAbort(rooms.read(signal), signal),
    setLists: async (lists) => {
      await gate.setLists(lists);
      for (const session of sessions) if (!gate.admits(session)) session.end(notListedError());
    },
    stop,
    [Symbol.asyncDispose]: () => stop(),
  };
}

/** What people may use up. */
function createRateLimits({ rate, burst, joinBurst, newRooms, newNames }: Bounds): RateLimits {
  const bounded = (perSecond: number, burst: number) => ({
    perSecond: burst === 0 ? 0 : perSecond,
    burst,
  });
  const perMinute = LIMITS.newPerMinute / 60;
  return new RateLimits({
    notes: { perSecond: rate, burst },
    joins: bounded(rate === 0 ? 0 : LIMITS.joinsPerSecond, joinBurst),
    rooms: bounded(perMinute, newRooms),
    names: bounded(perMinute, newNames),
    now: () => performance.now(),
  });
}

/** What a library does with events that nobody hears of. */
function printErrors(event: ServerEvent): void {
  // deno-lint-ignore no-console -- it has nowhere else to write
  if (event.type === "error") console.error(event.error);
}

/** Where a server keeps what outlasts it, and what tells it from others. */
type Store = LogStore & NameStore & SanctionStore & { readonly id: Uint8Array };

async function openStore(data: string | undefined, retention: Retention): Promise<Store> {
  return data === undefined ? new MemoryStore(retention) : await SqliteStore.open(data, retention);
}

/** Ends an endless stream quietly when `signal` is aborted. */
async function* endOnAbort<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    if (error !== signal.reason) throw error;
  }
}
