/**
 * Serves rooms: puts the parts of a server together.
 *
 * @module
 */

import type { ServerIdentity } from "./proto/identity/proof.ts";
import { DEFAULTS } from "./room/defaults.ts";
import { Gate } from "./server/access/gate.ts";
import { Sessions } from "./server/access/sessions.ts";
import { resolveBounds } from "./server/bounds.ts";
import { checkCluster } from "./server/cluster_options.ts";
import type { Report } from "./server/events/event.ts";
import { MetricsServer } from "./server/metrics/http_server.ts";
import { Metrics, type MetricsOptions } from "./server/metrics/metrics.ts";
import { openTelemetry } from "./server/metrics/opentelemetry.ts";
import { checkAddresses } from "./server/net/check_addresses.ts";
import { isLocal } from "./server/net/public_address.ts";
import type { ServeOptions } from "./server/options.ts";
import { type ChatServer, controlServer } from "./server/setup/chat_server.ts";
import { type FrontDoor, openFrontDoor } from "./server/setup/front_door.ts";
import { IdleCollector } from "./server/setup/idle_collector.ts";
import { createReport } from "./server/setup/report.ts";
import { openServices } from "./server/setup/services.ts";
import type { SharedChat, SharedChatOptions } from "./server/setup/shared_chat.ts";
import { openStore, type Store } from "./server/storage/store.ts";
import { watchData } from "./server/storage/watch_data.ts";
import { chooseServerTls, describeEncryption, makesCertificate } from "./server/tls/choose.ts";
import { formatAddress, parseAddress } from "./text/address.ts";
import { checkNumber } from "./text/check_number.ts";

export type {
  BackupEvent,
  ClockEvent,
  DropEvent,
  EngineEvent,
  ErrorEvent,
  EventSubject,
  JoinEvent,
  LeaveEvent,
  ModerationEvent,
  OtherServerEvent,
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
  TopicChangeEvent,
} from "./server/events/event.ts";
export { parseKeys } from "./server/access/key_list.ts";
export type { BoundOptions } from "./server/bound_options.ts";
export type { ClusterOptions } from "./server/cluster_options.ts";
export type { ServeOptions } from "./server/options.ts";
export type { ChatServer, Cluster, RoomNotes } from "./server/setup/chat_server.ts";
export type { Encryption } from "./server/tls/choose.ts";

/** Why a server that shares its chat does not make its own certificate. */
const SAME_CERTIFICATE = "since clients must see one certificate on all servers";

/**
 * Whether a server with these options would make its own certificate.
 *
 * @throws {ChatError} `unavailable`, if the address is not valid.
 */
export async function makesOwnCertificate(options: ServeOptions): Promise<boolean> {
  const { address = formatAddress(DEFAULTS) } = options;
  return makesCertificate({ ...options, isLocal: await isLocal(address) });
}

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
 * @throws {ChatError} `lost`, if the engine has lost notes that the file of a shared chat has.
 * @throws {ChatError} `invalid`, if a certificate or a key is not valid.
 * @throws {RangeError} if a bound is out of range, options contradict each other, or a list of keys
 * is not valid.
 *
 * @param testing Replaces parts of a shared chat in tests.
 */
export async function serve(
  options: ServeOptions = {},
  testing: Pick<SharedChatOptions, "connect" | "awayMs"> = {},
): Promise<ChatServer> {
  const { address = formatAddress(DEFAULTS), socketMode, data } = options;
  const bounds = resolveBounds(options);
  const cluster = options.cluster && checkCluster(options.cluster);
  if (socketMode !== undefined) {
    checkNumber("socketMode", socketMode, { min: 0, max: 0o777, isWhole: true });
  }
  const local = await isLocal(address);
  if (cluster && makesCertificate({ ...options, isLocal: local })) {
    throw new RangeError(`cluster with TLS: tlsCert and tlsKey are missing, ${SAME_CERTIFICATE}`);
  }
  const sessions = new Sessions();
  const metrics: Metrics = createMetrics({
    sessions,
    rooms: () => services.rooms,
    cluster: cluster && (() => shared!.figures), // It is read once the server has started.
  });
  const report = createReport(metrics, options.onEvent);
  await using stack = new AsyncDisposableStack();
  if (data !== undefined || cluster) { // A server that cannot listen must not create anything.
    await checkAddresses([...options.metrics === undefined ? [] : [options.metrics], address]);
  }
  const { keep, keepAgeMs, keepBytes } = bounds;
  const retention = { notes: keep, ageMs: keepAgeMs, bytes: keepBytes };
  const shared: SharedChat | undefined = cluster &&
    await openShared({
      cluster,
      data,
      retention,
      maxNoteBytes: bounds.maxNoteBytes,
      maxRooms: bounds.maxRooms,
      maxMembers: bounds.maxMembers,
      report,
      stack,
      ...testing,
    });
  const store = shared?.store ?? stack.use(openStore(data, retention));
  // Not before the store is open: a server that fails must not leave a new certificate.
  const tls = await chooseServerTls({ ...options, address, isLocal: local }, new Date());
  const server: ServerIdentity = tls
    ? { transport: "tls", id: tls.digest }
    : { transport: "plain", id: store.id };
  const gate = await Gate.create(options);
  const parts = { server, gate, sessions, bounds, report, metrics, shared };
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
  const collector = stack.use(new IdleCollector({ work: () => metrics.deliveries }));
  const door = await openFrontDoor({
    listen: { address, socketMode, tls },
    web: options.web === false ? undefined : { hosts: options.webHosts ?? [] },
    services: { ...services, tracePosts: telemetry?.tracePosts },
    onCount: (connections) => {
      metrics.connections = connections;
      collector.recordChange();
    },
  });
  stack.use(watchStore(store, door, report));
  isServing = () => door.isServing;
  const encryption = tls && describeEncryption(tls);
  report({
    ...{ type: "start", address: door.address, pid: Deno.pid, metrics: page?.address },
    ...{ encrypted: tls !== undefined, fingerprint: encryption?.fingerprint },
    ...{ data: data ?? ":memory:", keep, keepAgeMs, keepBytes, cluster: cluster?.name },
  });
  const resources = stack.move();
  const { fail, ...control } = controlServer({
    ...{ door, services, graceMs: bounds.graceMs, resources },
  });
  resources.use(shared?.watch({ services, fail }));
  return {
    ...control,
    pageAddress: options.web === false ? undefined : pageAddress(control.publicAddress, tls),
    ...{ isLocal: local, metricsAddress: page?.address, encryption, cluster: shared?.cluster },
  };
}

/** Opens the chat that servers share. A server with a chat of its own loads nothing of it. */
async function openShared(options: SharedChatOptions): Promise<SharedChat> {
  const { SharedChat } = await import("./server/setup/shared_chat.ts");
  return await SharedChat.open(options);
}

/** The address of the page of a server at `address`; undefined on a Unix socket. */
function pageAddress(address: string, tls: object | undefined): string | undefined {
  if ("path" in parseAddress(address)) return undefined;
  return `${tls ? "https" : "http"}://${address}/`;
}

function createMetrics(parts: Pick<MetricsOptions, "sessions" | "rooms" | "cluster">): Metrics {
  return new Metrics({
    ...parts,
    ...{ now: () => performance.now(), time: Date.now },
    memory: () => Deno.memoryUsage().rss,
  });
}

/** Reports when the store fails and recovers. Until it recovers, the server is not healthy. */
function watchStore(store: Store, door: FrontDoor, report: Report): Disposable {
  return watchData(store, (error) => {
    door.setCanStore(error === undefined);
    if (error !== undefined) report({ type: "error", error });
  });
}
