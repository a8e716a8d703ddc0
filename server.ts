/**
 * Serves rooms: puts the parts of a server together.
 *
 * @module
 */

import type { ServerIdentity } from "./proto/identity/proof.ts";
import { DEFAULTS } from "./room/defaults.ts";
import { LIMITS } from "./room/limits.ts";
import type { Note } from "./room/note.ts";
import { Sanctions } from "./room/sanctions.ts";
import { Names } from "./room/state/names.ts";
import { Rooms } from "./room/state/rooms.ts";
import { notListedError } from "./server/access/admission.ts";
import { Gate } from "./server/access/gate.ts";
import { endSessionsIn, Moderation } from "./server/access/moderation.ts";
import { createRateLimits } from "./server/access/rate_limits.ts";
import { Sessions } from "./server/access/sessions.ts";
import { BOUNDS, resolveBounds } from "./server/bounds.ts";
import { batchPerTick, yieldToEventLoop } from "./server/event_loop.ts";
import type { Report, ServerEvent } from "./server/events/event.ts";
import { throttle } from "./server/events/throttle.ts";
import { MetricsServer } from "./server/metrics/http_server.ts";
import { Metrics } from "./server/metrics/metrics.ts";
import { openTelemetry } from "./server/metrics/opentelemetry.ts";
import { CHECK_INTERVAL_MS, SlowReaders } from "./server/metrics/slow_readers.ts";
import { toStats } from "./server/metrics/stats.ts";
import { checkAddresses } from "./server/net/check_addresses.ts";
import { isLocal, publicAddress } from "./server/net/public_address.ts";
import type { ServeOptions } from "./server/options.ts";
import { type GrpcServer, listen } from "./server/rpc/grpc.ts";
import type { ChatServices } from "./server/session/services.ts";
import { Backups } from "./server/storage/backups.ts";
import { openStore, type Store } from "./server/storage/store.ts";
import { watchData } from "./server/storage/watch_data.ts";
import { chooseServerTls, describeEncryption, type Encryption } from "./server/tls/choose.ts";
import { formatAddress } from "./text/address.ts";
import { checkNumber } from "./text/check_number.ts";

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
  RejoinEvent,
  RenameEvent,
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

/** Public notes of a room. */
export interface RoomNotes {
  /** The room. */
  readonly room: string;
  /** The notes, in order. */
  readonly notes: readonly Note[];
}

/** A running server. */
export interface ChatServer extends AsyncDisposable {
  /** The address that it listens on, with the port that was picked. */
  readonly address: string;
  /** The address for clients: its own, or one of this machine if it listens on all of them. */
  readonly publicAddress: string;
  /** Whether only this machine can reach it. */
  readonly isLocal: boolean;
  /**
   * The address of its metrics, with the port that was picked; undefined if they are not served.
   */
  readonly metricsAddress: string | undefined;
  /** Its encryption; undefined in plaintext. */
  readonly encryption: Encryption | undefined;
  /**
   * Streams the public notes of all rooms as they are said, from now on until `signal` is aborted.
   * Private notes are left out.
   */
  notes(signal: AbortSignal): AsyncIterable<RoomNotes>;
  /**
   * Replaces the lists of keys given by the options `members` and `operators`; one that is left out
   * stays. Users who may not join any more are disconnected.
   *
   * @throws {RangeError} with the first line that is not valid; nothing has changed then.
   */
  setLists(lists: Pick<ServeOptions, "members" | "operators">): Promise<void>;
  /**
   * Stops: accepts no more connections, asks everyone to try again later, and cuts the remaining
   * connections after `graceMs` milliseconds (default: the same option of the server).
   */
  stop(graceMs?: number): Promise<void>;
}

/**
 * The interval for dropping notes beyond the retention, and names that are free again, in
 * milliseconds.
 */
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
 * @throws {ChatError} `unavailable`, if it cannot listen on an address or use the file.
 * @throws {ChatError} `invalid`, if a certificate or a key is not valid.
 * @throws {RangeError} if a bound is out of range, options for TLS contradict each other, or a list
 * of keys is not valid.
 */
export async function serve(options: ServeOptions = {}): Promise<ChatServer> {
  const { address = formatAddress(DEFAULTS), socketMode, data } = options;
  const bounds = resolveBounds(options);
  if (socketMode !== undefined) {
    checkNumber("socketMode", socketMode, { min: 0, max: 0o777, isWhole: true });
  }
  const local = await isLocal(address);
  const sessions = new Sessions();
  const metrics: Metrics = createMetrics(sessions, () => services.rooms);
  const report = createReport(metrics, options.onEvent);
  await using stack = new AsyncDisposableStack();
  if (data !== undefined) { // A server that cannot listen must not create any file.
    await checkAddresses([...options.metrics === undefined ? [] : [options.metrics], address]);
  }
  const { keep, keepAgeMs, keepBytes } = bounds;
  const store = stack.use(openStore(data, { notes: keep, ageMs: keepAgeMs, bytes: keepBytes }));
  // Not before the store is open: a server that fails must not leave a new certificate.
  const tls = await chooseServerTls({ ...options, address, isLocal: local }, new Date());
  const server: ServerIdentity = tls
    ? { transport: "tls", id: tls.digest }
    : { transport: "plain", id: store.id };
  const gate = await Gate.create(options);
  const parts = { server, gate, sessions, bounds, report, metrics };
  const services = await openServices(store, stack, parts);
  const telemetry = stack.use(await openTelemetry(metrics));
  let isServing = () => false;
  // Before the chat itself: a watcher sees it start, and no client is there yet if this fails.
  const page = stack.use(
    options.metrics === undefined ? undefined : await MetricsServer.open({
      address: options.metrics,
      metrics: metrics.all,
      isServing: () => isServing(),
      timeoutMs: bounds.joinTimeoutMs,
      report,
    }),
  );
  const grpc = await listen({
    listen: { address, socketMode, tls },
    services: { ...services, tracePosts: telemetry?.tracePosts },
    onCount: (connections) => metrics.connections = connections,
  });
  stack.use(watchStore(store, grpc, report));
  isServing = () => grpc.isServing;
  const encryption = tls && describeEncryption(tls);
  report({
    ...{ type: "start", address: grpc.address, pid: Deno.pid, metrics: page?.address },
    ...{ encrypted: tls !== undefined, fingerprint: encryption?.fingerprint },
    ...{ data: data ?? ":memory:", keep, keepAgeMs, keepBytes },
  });
  const resources = stack.move();
  const control = controlServer({ grpc, services, graceMs: bounds.graceMs, resources });
  return { ...control, isLocal: local, metricsAddress: page?.address, encryption };
}

function createMetrics(sessions: Sessions, rooms: () => Rooms): Metrics {
  return new Metrics({
    ...{ sessions, rooms, now: () => performance.now(), time: Date.now },
    memory: () => Deno.memoryUsage().rss,
  });
}

/** Reports events to the metrics, and throttled to `onEvent`. */
function createReport(metrics: Metrics, onEvent: Report = printErrors): Report {
  const throttled = throttle(onEvent);
  return (event) => {
    metrics.record(event); // All of them, not only the logged ones.
    try {
      throttled(event);
    } catch (error) {
      // deno-lint-ignore no-console -- a failing listener must not break its caller
      console.error(error);
    }
  };
}

/** Opens the services that calls use; `stack` closes them. */
async function openServices(
  store: Store,
  stack: AsyncDisposableStack,
  { metrics, ...parts }:
    & Pick<ChatServices, "server" | "gate" | "sessions" | "bounds" | "report">
    & { readonly metrics: Metrics },
): Promise<ChatServices> {
  const { bounds, sessions, report } = parts;
  const backups = stack.use(new Backups(store));
  const onError = (error: unknown) => report({ type: "error", error });
  const options = { ...bounds, awayMs: LIMITS.awayMs, now: Date.now, onError };
  const names = await Names.open(store, options);
  stack.defer(() => names.sweep()); // Once everyone has left.
  const sanctions = await Sanctions.open(store, Date.now);
  const rooms = await Rooms.open(store, {
    ...options,
    defer: batchPerTick(),
    yieldToEventLoop: yieldToEventLoop(),
    observer: {
      appending: () => metrics.appending(),
      dropped: (room, notes) => report({ type: "retention", room, notes }),
    },
    onRemoved: (room, words) => endSessionsIn(room, words, sessions),
  });
  stack.use(every(TRIM_INTERVAL_MS, () => {
    void rooms.trim().catch(onError);
    void names.sweep();
  }));
  const slow = new SlowReaders(report);
  stack.use(every(CHECK_INTERVAL_MS, () => slow.check(sessions)));
  const services = { ...parts, names, sanctions, rooms, backups };
  return {
    ...services,
    moderation: new Moderation({ ...services, now: Date.now, stats: () => toStats(metrics.all) }),
    rateLimits: createRateLimits(bounds),
    delivered: (notes) => metrics.delivered(notes),
  };
}

/** Reports when the store fails and recovers. Until it recovers, the server is not healthy. */
function watchStore(store: Store, grpc: GrpcServer, report: Report): Disposable {
  return watchData(store, (error) => {
    grpc.setCanStore(error === undefined);
    if (error !== undefined) report({ type: "error", error });
  });
}

/** Returns the controls of a running server. `resources` are closed when it has stopped. */
function controlServer(
  { grpc, services: { rooms, gate, sessions, report }, graceMs, resources }: {
    readonly grpc: GrpcServer;
    readonly services: ChatServices;
    readonly graceMs: number;
    readonly resources: AsyncDisposable;
  },
): Omit<ChatServer, "isLocal" | "metricsAddress" | "encryption"> {
  let stopping: Promise<void> | undefined;
  const stop = async (ms = graceMs) => {
    checkNumber("graceMs", ms, { ...BOUNDS.graceMs, isWhole: false });
    if (!stopping) report({ type: "stop" });
    await (stopping ??= grpc.stop(ms).then(() => resources[Symbol.asyncDispose]()));
  };
  return {
    address: grpc.address,
    publicAddress: publicAddress(grpc.address),
    notes: (signal) => endOnAbort(rooms.read(signal), signal),
    setLists: async (lists) => {
      await gate.setLists(lists);
      sessions.end(notListedError(), (session) => !gate.admits(session));
    },
    stop,
    [Symbol.asyncDispose]: () => stop(),
  };
}

/** Calls `run` regularly, until that is disposed. */
function every(ms: number, run: () => void): Disposable {
  const timer = setInterval(run, ms);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** The default for `onEvent`. */
function printErrors(event: ServerEvent): void {
  // deno-lint-ignore no-console -- a library has nowhere else to write
  if (event.type === "error") console.error(event.error);
}

/** Ends an endless stream quietly when `signal` is aborted. */
async function* endOnAbort<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    if (error !== signal.reason) throw error;
  }
}
