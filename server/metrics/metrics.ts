import type { RoomObserver } from "../../room/state/room.ts";
import type { Rooms } from "../../room/state/rooms.ts";
import type { Sessions } from "../access/sessions.ts";
import type { RefusalKind, ServerEvent } from "../events/event.ts";
import { Histogram } from "./histogram.ts";
import type { Metric, Sample } from "./metric.ts";

/** What a server can be asked for how much there is of it. */
export interface MetricsOptions {
  /** All who are here. */
  readonly sessions: Pick<Sessions, "size" | "behind">;
  /** The rooms; only asked once there is somebody to tell. */
  readonly rooms: () => Pick<Rooms, "size" | "members">;
  /** The time in milliseconds, by a clock that only goes forward. */
  readonly now: () => number;
  /** The time, in milliseconds since the Unix epoch. */
  readonly time: () => number;
  /** How much memory the process has, in bytes. */
  readonly memory: () => number;
}

/** The upper bounds of the buckets of the time that an append takes, in seconds. */
const APPEND_SECONDS = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1],
  ...[0.25, 0.5, 1, 2.5],
];

/** Events that are only counted, by their metrics. */
type Counted = "join" | "leave" | "slow" | "error";

/** Counts what happens on a server: the one place that all who want figures read. */
export class Metrics implements Pick<RoomObserver, "appending"> {
  /** How many connections there are. */
  connections = 0;
  /** How long the log takes for a batch, in seconds. */
  readonly #appends = new Histogram(APPEND_SECONDS);
  /** All there is to know, in the order in which it is told. */
  readonly all: readonly Metric[];
  readonly #now: () => number;
  readonly #events: Record<Counted, number> = { join: 0, leave: 0, slow: 0, error: 0 };
  readonly #refusals = new Map<RefusalKind, number>();
  #notes = 0;
  #deliveries = 0;
  #dropped = 0;

  /** Starts to count. */
  constructor({ sessions, rooms, now, time, memory }: MetricsOptions) {
    this.#now = now;
    const started = time() / 1_000;
    const events = this.#events;
    const gauge = (name: string, help: string, read: () => number) =>
      ({ type: "gauge", name, help, read: () => [{ value: read() }] }) as const;
    const counter = (name: string, help: string, read: () => number) =>
      ({ type: "counter", name, help, read: () => [{ value: read() }] }) as const;
    this.all = [
      gauge("chat_connections", "Connections that are open.", () => this.connections),
      gauge(
        "chat_sessions",
        "Sessions and streams by which somebody reads or writes notes.",
        () => sessions.size,
      ),
      gauge("chat_rooms", "Rooms that there are.", () => rooms().size),
      gauge("chat_members", "People in rooms, each once for every room.", () => rooms().members),
      gauge(
        "chat_readers_behind",
        "Sessions and streams that have not been sent all notes there are for them.",
        () => sessions.behind,
      ),
      counter("chat_joins_total", "Sessions that joined a room.", () => events.join),
      counter("chat_leaves_total", "Sessions that left a room.", () => events.leave),
      counter("chat_notes_total", "Notes that the log has taken.", () => this.#notes),
      counter(
        "chat_deliveries_total",
        "Notes that were sent to readers, once for each reader.",
        () => this.#deliveries,
      ),
      {
        type: "histogram",
        name: "chat_append_seconds",
        help: "Time that the log takes for the notes of one turn.",
        histogram: this.#appends,
      },
      counter(
        "chat_notes_dropped_total",
        "Notes that retention has dropped.",
        () => this.#dropped,
      ),
      {
        type: "counter",
        name: "chat_refusals_total",
        help: "Notes, sessions and connections that were refused, by why.",
        read: () => this.#refusalSamples(),
      },
      counter(
        "chat_slow_readers_total",
        "Readers that took nothing for some seconds, while there was something for them.",
        () => events.slow,
      ),
      counter("chat_errors_total", "Errors that are the server's own fault.", () => events.error),
      gauge("chat_start_time_seconds", "When the server started, in Unix time.", () => started),
      gauge("process_resident_memory_bytes", "Memory that the process has.", memory),
    ];
  }

  /** Counts what has happened. */
  record(event: ServerEvent): void {
    const { type } = event;
    if (type === "refused") {
      this.#refusals.set(event.kind, (this.#refusals.get(event.kind) ?? 0) + 1);
    } else if (type === "retention") {
      this.#dropped += event.notes;
    } else if (type === "join" || type === "leave" || type === "slow" || type === "error") {
      this.#events[type]++;
    }
  }

  /** Counts notes that are sent to a reader. */
  delivered(notes: number): void {
    this.#deliveries += notes;
  }

  /** Times a batch that goes to the log. */
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
