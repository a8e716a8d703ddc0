import type { RoomObserver } from "../../room/state/room.ts";
import type { Rooms } from "../../room/state/rooms.ts";
import type { Sessions } from "../access/sessions.ts";
import type { RefusalKind, ServerEvent } from "../events/event.ts";
import { type ClusterFigures, clusterMetrics } from "./cluster_metrics.ts";
import { Histogram } from "./histogram.ts";
import type { Metric, Sample } from "./metric.ts";

/** The state that metrics are read from. */
export interface MetricsOptions {
  /** All open sessions. */
  readonly sessions: Pick<Sessions, "size" | "behind">;
  /** Returns the rooms. Called only when metrics are read. */
  readonly rooms: () => Pick<Rooms, "size" | "members">;
  /** The time in milliseconds, from a monotonic clock. */
  readonly now: () => number;
  /** The time, in milliseconds since the Unix epoch. */
  readonly time: () => number;
  /** Returns the resident memory of the process, in bytes. */
  readonly memory: () => number;
  /** Returns the state of the engine and the servers. Default: the chat is not shared. */
  readonly cluster?: (() => ClusterFigures) | undefined;
}

/** The upper bounds of the append-time buckets, in seconds. */
const APPEND_SECONDS = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1],
  ...[0.25, 0.5, 1, 2.5],
];

/** Events whose only metric is their count. */
type Counted = "join" | "leave" | "slow" | "error";

/** Counts events on the server. All exporters read from here. */
export class Metrics implements Pick<RoomObserver, "appending"> {
  /** The number of open connections. */
  connections = 0;
  /** The durations of storing a batch, in seconds. */
  readonly #appends = new Histogram(APPEND_SECONDS);
  /** All metrics, in the order of output. */
  readonly all: readonly Metric[];
  readonly #now: () => number;
  readonly #events: Record<Counted, number> = { join: 0, leave: 0, slow: 0, error: 0 };
  readonly #refusals = new Map<RefusalKind, number>();
  #notes = 0;
  #deliveries = 0;
  #dropped = 0;

  constructor({ sessions, rooms, now, time, memory, cluster }: MetricsOptions) {
    this.#now = now;
    const started = time() / 1_000;
    const events = this.#events;
    const gauge = (name: string, help: string, read: () => number) =>
      ({ type: "gauge", name, help, read: () => [{ value: read() }] }) as const;
    const counter = (name: string, help: string, read: () => number) =>
      ({ type: "counter", name, help, read: () => [{ value: read() }] }) as const;
    this.all = [
      gauge("chat_connections", "Number of open connections.", () => this.connections),
      gauge(
        "chat_sessions",
        "Number of open sessions and streams.",
        () => sessions.size,
      ),
      gauge("chat_rooms", "Number of rooms.", () => rooms().size),
      gauge(
        "chat_members",
        "Number of people in rooms, counted once per room.",
        () => rooms().members,
      ),
      gauge(
        "chat_readers_behind",
        "Number of sessions and streams with pending notes.",
        () => sessions.behind,
      ),
      counter("chat_joins_total", "Sessions that joined a room.", () => events.join),
      counter("chat_leaves_total", "Sessions that left a room.", () => events.leave),
      counter("chat_notes_total", "Notes stored in the log.", () => this.#notes),
      counter(
        "chat_deliveries_total",
        "Notes sent to readers, counted once per reader.",
        () => this.#deliveries,
      ),
      {
        type: "histogram",
        name: "chat_append_seconds",
        help: "Time to store a batch of notes in the log.",
        histogram: this.#appends,
      },
      counter(
        "chat_notes_dropped_total",
        "Notes dropped by retention.",
        () => this.#dropped,
      ),
      {
        type: "counter",
        name: "chat_refusals_total",
        help: "Refused notes, sessions and connections, by reason.",
        read: () => this.#refusalSamples(),
      },
      counter(
        "chat_slow_readers_total",
        "Readers that stalled while notes were pending.",
        () => events.slow,
      ),
      counter("chat_errors_total", "Internal errors.", () => events.error),
      ...cluster ? clusterMetrics(cluster) : [],
      gauge("chat_start_time_seconds", "Start time of the server, in Unix time.", () => started),
      gauge("process_resident_memory_bytes", "Resident memory.", memory),
    ];
  }

  /** Updates the counters for an event. */
  record(event: ServerEvent): void {
    const { type } = event;
    if (type === "refused") {
      this.#refusals.set(event.kind, (this.#refusals.get(event.kind) ?? 0) + 1);
    } else if (type === "retention") {
      this.#dropped += event.notes;
    } else if (type === "rename" || type === "rejoin") { // One session replaces another.
      this.#events.join++;
      this.#events.leave++;
    } else if (type === "join" || type === "leave" || type === "slow" || type === "error") {
      this.#events[type]++;
    }
  }

  /** The number of notes that were sent to readers. */
  get deliveries(): number {
    return this.#deliveries;
  }

  /** Counts notes sent to a reader. */
  delivered(notes: number): void {
    this.#deliveries += notes;
  }

  /** Times a batch. Call the returned function once the log has stored it. */
  appending(): (notes: number) => void {
    const began = this.#now();
    return (notes) => {
      this.#notes += notes;
      this.#appends.observe((this.#now() - began) / 1_000);
    };
  }

  #refusalSamples(): Sample[] {
    return Array.from(this.#refusals, ([kind, value]) => ({ labels: { kind }, value }));
  }
}
