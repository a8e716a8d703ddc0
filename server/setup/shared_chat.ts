import { ChatError } from "../../room/errors.ts";
import type { Retention } from "../../room/state/log.ts";
import { unavailableError } from "../access/availability.ts";
import { Attempts } from "../cluster/attempts.ts";
import { clockCheck } from "../cluster/clock_check.ts";
import type { Engine } from "../cluster/engine.ts";
import { openCluster, type OpenOptions } from "../cluster/open.ts";
import { Presence, type PresenceOptions } from "../cluster/presence/presence.ts";
import { Requests } from "../cluster/requests.ts";
import { EngineWatch, isServing } from "../cluster/watch_engine.ts";
import type { CheckedCluster } from "../cluster_options.ts";
import type { Report } from "../events/event.ts";
import { after, every } from "../every.ts";
import type { ClusterFigures } from "../metrics/cluster_metrics.ts";
import type { ChatServices } from "../session/services.ts";
import { ClusterStore } from "../storage/cluster/store.ts";
import type { Store } from "../storage/store.ts";
import type { Cluster } from "./chat_server.ts";

/** The interval for comparing the clocks, in milliseconds. */
const CLOCK_INTERVAL_MS = 10_000;

/** What a shared chat is opened with. */
export interface SharedChatOptions {
  readonly cluster: CheckedCluster;
  /** The file of this server's replica. Default: it is kept in memory. */
  readonly data: string | undefined;
  readonly retention: Retention;
  readonly maxNoteBytes: number;
  readonly maxRooms: number;
  readonly maxMembers: number;
  readonly report: Report;
  /** Closes it. */
  readonly stack: AsyncDisposableStack;
  /** Connects to the engine. Default: to the one that the options name. */
  readonly connect?: ((options: OpenOptions) => Promise<Engine>) | undefined;
  /** The time without the engine after which clients are sent away, in milliseconds. */
  readonly awayMs?: number | undefined;
}

/** The parts of a running server that depend on the engine. */
export interface Dependents {
  readonly services: Pick<ChatServices, "availability" | "sessions" | "report">;
  /** Stops the server. */
  readonly fail: (reason: Error) => void;
}

/** The store of a chat that several servers share, and the engine under it. */
export class SharedChat {
  readonly #engine: Engine;
  readonly #options: SharedChatOptions;
  /** Everything that the servers share. */
  readonly store: Store;
  /** The sessions on all servers. */
  readonly presence: Presence;
  /** Asks the other servers, and answers them. */
  readonly requests: Requests;
  /** Resolves if the engine has lost entries. */
  readonly #lost: Promise<ChatError>;

  private constructor(
    options: SharedChatOptions,
    parts: Pick<SharedChat, "store" | "presence" | "requests"> & {
      readonly engine: Engine;
      readonly lost: Promise<ChatError>;
    },
  ) {
    this.#options = options;
    this.#engine = parts.engine;
    this.store = parts.store;
    this.presence = parts.presence;
    this.requests = parts.requests;
    this.#lost = parts.lost;
  }

  /**
   * Connects to the engine, and opens the store on it.
   *
   * @throws {ChatError} if the engine cannot be reached or used.
   */
  static async open(options: SharedChatOptions): Promise<SharedChat> {
    const { report, stack, connect = openCluster } = options;
    let engine: Engine | undefined = undefined;
    const onError = (error: unknown) => {
      // While the engine is away, its own event says so once; everything that needs it fails.
      const isAway = engine && !isServing(engine) && isUnavailable(error);
      if (!isAway) report({ type: "error", error });
    };
    const onWait = (reason: string) => report({ type: "engine", state: "awaited", reason });
    engine = stack.use(await connect({ ...options, onWait, onError }));
    const lost = new Promise<ChatError>((resolve) => stack.use(engine.onLoss(resolve)));
    const store = stack.use(await ClusterStore.open({ ...options, engine, onError }));
    const presence = stack.use(await openPresence(engine, store, { ...options, onError, onWait }));
    const { heartbeats } = presence;
    const requests = stack.use(
      new Requests({
        ...{ engine, id: () => presence.id, live: () => heartbeats.live, after, onError },
      }),
    );
    heartbeats.start();
    return new SharedChat(options, { engine, store, presence, requests, lost });
  }

  /**
   * The time, in milliseconds since the Unix epoch: that of this machine, but not later than the
   * engine's, so that a server whose clock is fast ends nothing for all.
   */
  now(): number {
    return Math.min(Date.now(), this.#engine.journals.notes.now ?? Infinity);
  }

  /** The state of the engine and the servers, as of now. */
  get figures(): ClusterFigures {
    const { isConnected, figures } = this.#engine;
    return { ...figures, isConnected, servers: this.presence.heartbeats.live.size };
  }

  /** What the server's operator is shown at its start. */
  get cluster(): Cluster {
    const { name, urls } = this.#options.cluster;
    const figures = () => this.figures;
    return {
      ...{ name, urls, replicas: this.#engine.replicas },
      get servers() {
        return figures().servers;
      },
    };
  }

  /**
   * Keeps the server available exactly while the engine is, until that is disposed. While it is not,
   * its clients are sent to other servers.
   */
  watch({ services, fail }: Dependents): Disposable {
    const { availability, sessions, report } = services;
    const stack = new DisposableStack();
    stack.use(
      new EngineWatch(this.#engine, {
        report,
        now: () => performance.now(),
        awayMs: this.#options.awayMs,
        setAvailable: (isAvailable) => {
          availability.isAvailable = isAvailable;
          if (!isAvailable) sessions.end(unavailableError(), () => true);
        },
      }),
    );
    void this.#lost.then((error) => {
      if (stack.disposed) return;
      report({ type: "error", error });
      fail(error);
    });
    const checkClock = clockCheck(this.#engine, report);
    checkClock();
    stack.use(every(CLOCK_INTERVAL_MS, checkClock));
    return stack;
  }
}

/** Reads which sessions the other servers have, and reports when those come and go. */
async function openPresence(
  engine: Engine,
  { id: hashKey }: Store,
  { maxMembers, report, onError, onWait }:
    & SharedChatOptions
    & Pick<PresenceOptions, "onError">
    & Pick<OpenOptions, "onWait">,
): Promise<Presence> {
  return await Presence.open({
    ...{ engine, maxMembers, hashKey, now: () => performance.now() },
    onServer: (server, state, servers) => report({ type: "server", state, server, servers }),
    onError,
  }, new Attempts({ onWait }));
}

function isUnavailable(error: unknown): boolean {
  return error instanceof ChatError && error.code === "unavailable";
}
