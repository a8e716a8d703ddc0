import { Sanctions } from "../../../room/sanctions.ts";
import { Names, type NamesOptions } from "../../../room/state/names.ts";
import { Rooms, type RoomsOptions } from "../../../room/state/rooms.ts";
import type { Engine } from "../../../server/cluster/engine.ts";
import type { ClusterStore } from "../../../server/storage/cluster/store.ts";
import { openClusterStore } from "./cluster_store.ts";

/** What servers share, or a test starts for them. */
export interface TestCluster extends AsyncDisposable {
  /** Connects a server; the cluster disposes it. */
  connect(): Promise<Engine>;
}

/** Starts an empty cluster. */
export type StartCluster = () => Promise<TestCluster>;

/** Errors that no caller is there for fail the test. */
const onError = (error: unknown) => {
  throw error;
};

const NAMES = { now: () => 7, maxNames: 1_000, maxOwned: 1_000, awayMs: 100, onError };

const ROOMS = {
  now: () => 7,
  defer: (task: () => void) => void setImmediate(task),
  yieldToEventLoop: () => Promise.resolve(),
  onError,
  maxMembers: 10,
};

/** A server, as far as it shares things with others. */
export interface TestServer extends AsyncDisposable {
  readonly engine: Engine;
  readonly store: ClusterStore;
  readonly names: Names;
  readonly sanctions: Sanctions;
  readonly rooms: Rooms;
}

/** Options for a server of a test. */
export interface TestServerOptions {
  readonly names?: Partial<NamesOptions>;
  readonly rooms?: Partial<RoomsOptions>;
}

/** Opens a server. */
export type OpenServer = (options?: TestServerOptions) => Promise<TestServer>;

/** Opens a server on a cluster. */
export async function openServer(
  cluster: TestCluster,
  { names = {}, rooms = {} }: TestServerOptions = {},
): Promise<TestServer> {
  const engine = await cluster.connect();
  const { maxRooms = 100 } = rooms;
  const store = await openClusterStore(engine, { maxRooms });
  return {
    engine,
    store,
    names: await Names.open(store, { ...NAMES, ...names }),
    sanctions: await Sanctions.open(store, names.now ?? NAMES.now),
    rooms: await Rooms.open(store, { ...ROOMS, maxRooms, ...rooms }),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

/** Starts a cluster, and calls `body` with a function that opens servers. Disposes them at the end. */
export async function withServers(
  start: StartCluster,
  body: (open: OpenServer) => Promise<void>,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await start());
  await body(async (options) => stack.use(await openServer(cluster, options)));
}

/** Waits until all servers have applied everything that any of them has. */
export async function settle(...servers: readonly TestServer[]): Promise<void> {
  const states = servers.map(({ engine }) => engine.journals.state);
  const newest = Math.max(...states.map(({ seen }) => seen));
  await Promise.all(states.map((state) => state.reach(newest)));
}
