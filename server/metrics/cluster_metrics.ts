import type { Metric } from "./metric.ts";

/** The state of the engine that several servers share, and of the servers. */
export interface ClusterFigures {
  /** Whether the engine is connected. */
  readonly isConnected: boolean;
  /** The number of entries that the engine has and this server has not seen. */
  readonly behind: number;
  /** The number of appends that were refused because of newer entries. */
  readonly conflicts: number;
  /** The number of times that missed entries were read again. */
  readonly repairs: number;
  /** The number of running servers, including this one. */
  readonly servers: number;
}

/** Returns the metrics of a server that shares its chat. `read` is called when they are read. */
export function clusterMetrics(read: () => ClusterFigures): Metric[] {
  const metric = (
    type: "gauge" | "counter",
    { name, help, value }: {
      readonly name: string;
      readonly help: string;
      readonly value: (figures: ClusterFigures) => number;
    },
  ): Metric => ({ type, name, help, read: () => [{ value: value(read()) }] });
  return [
    metric("gauge", {
      name: "chat_engine_connected",
      help: "Whether the engine is connected: 1 or 0.",
      value: ({ isConnected }) => Number(isConnected),
    }),
    metric("gauge", {
      name: "chat_engine_behind",
      help: "Entries that the engine has and this server has not seen.",
      value: ({ behind }) => behind,
    }),
    metric("counter", {
      name: "chat_engine_conflicts_total",
      help: "Appends repeated because another server was first.",
      value: ({ conflicts }) => conflicts,
    }),
    metric("counter", {
      name: "chat_engine_repairs_total",
      help: "Times that missed entries were read again.",
      value: ({ repairs }) => repairs,
    }),
    metric("gauge", {
      name: "chat_servers",
      help: "Number of running servers of this chat.",
      value: ({ servers }) => servers,
    }),
  ];
}
