import type { ChatError } from "../../../room/errors.ts";
import { checkRetention, type LogStore, type Retention } from "../../../room/state/log.ts";
import type { Engine } from "../../../server/cluster/engine.ts";
import { ClusterLog, type ClusterLogTimes } from "../../../server/storage/cluster/log.ts";
import type { Replica } from "../../../server/storage/cluster/replica.ts";
import { MemoryLog } from "../../../server/storage/memory/log.ts";
import type { ReplicaStart, SqliteReplicas } from "../../../server/storage/sqlite/replicas.ts";

/** What a test may change about logs. */
export interface ClusterLogsOptions {
  readonly retention?: Partial<Retention>;
  readonly times?: Partial<ClusterLogTimes>;
  readonly maxBytes?: number;
  /** The replicas of the server, which are closed with its logs. Default: in memory. */
  readonly replicas?: SqliteReplicas;
}

/** The logs of one server on an engine, without anything else that a server stores. */
export class ClusterLogs implements LogStore {
  readonly errors: string[] = [];
  /** The calls of `beforeFirst`, by room. */
  readonly stored: string[] = [];
  readonly #engine: Engine;
  readonly #options: ClusterLogsOptions;
  readonly #retention: Retention;
  readonly #logs = new Map<string, ClusterLog>();
  /** The number of removals, which makes the history of the next room of a name. */
  #removals = 0;

  constructor(engine: Engine, options: ClusterLogsOptions = {}) {
    this.#retention = { notes: 1_000, ageMs: Infinity, bytes: Infinity, ...options.retention };
    checkRetention(this.#retention);
    this.#engine = engine;
    this.#options = options;
  }

  rooms(): Promise<string[]> {
    return Promise.resolve([...this.#logs].filter(([, log]) => log.head > 0).map(([name]) => name));
  }

  async open(room: string): Promise<ClusterLog> {
    const history = `the history of ${room} after ${this.#removals} removals`;
    const origins = new Map([["before", 0]]);
    const log = await ClusterLog.open({
      room,
      journal: this.#engine.journals.notes,
      key: roomKey(room),
      history,
      origins,
      replica: (head) => this.#openReplica(room, { history, origins, head }),
      beforeFirst: () => Promise.resolve(void this.stored.push(room)),
      maxBytes: () => this.#options.maxBytes ?? this.#engine.maxEntryBytes,
      onError: (error) => this.errors.push((error as ChatError).message),
      onFailure: ({ message }) => this.errors.push(message),
      times: this.#options.times,
    });
    this.#logs.set(room, log);
    return log;
  }

  #openReplica(room: string, start: ReplicaStart): Promise<Replica> {
    const { replicas } = this.#options;
    return replicas?.open(room, start) ?? Promise.resolve(new MemoryLog(this.#retention, start));
  }

  async remove(room: string): Promise<number> {
    const log = this.#logs.get(room);
    if (!log) return 0;
    this.#logs.delete(room);
    this.#removals++;
    await log.close();
    await this.#engine.journals.notes.purge(roomKey(room), Infinity);
    return log.head + 1 - log.first;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const log of this.#logs.values()) await log.close();
    await this.#options.replicas?.[Symbol.asyncDispose]();
    await this.#engine[Symbol.asyncDispose]();
  }
}

/** The key of a room: any name is one in hexadecimal digits. */
export function roomKey(room: string): string {
  const hash = [...new TextEncoder().encode(room)].map((byte) => byte.toString(16)).join("");
  return `r${hash.slice(0, 900)}`;
}
