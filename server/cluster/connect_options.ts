import type { ClusterOptions } from "../cluster_options.ts";

/** How a server connects to the engine. The options of the chat have been checked. */
export interface ConnectOptions extends Readonly<ClusterOptions> {
  /** Whether to make a chat that the engine does not have. Default: true. */
  readonly make?: boolean | undefined;
  /** The least size of an entry that the engine must accept, in bytes. Default: 0. */
  readonly minEntryBytes?: number | undefined;
  /**
   * The time for which it tries to reach and use the engine, in milliseconds; three times as long if
   * its nodes have no leader. Default: 10,000.
   */
  readonly startMs?: number | undefined;
  /** The time for one attempt to connect to a node, in milliseconds. Default: 2,000. */
  readonly dialMs?: number | undefined;
  /**
   * The time after which it leaves a node that is cut off from the others, in milliseconds. Nodes
   * that are not may be silent for 1,000. Default: 5,000.
   */
  readonly silenceMs?: number | undefined;
  /**
   * The time for which the engine has fewer entries than this server has seen until they count as
   * lost, in milliseconds. Default: 20,000.
   */
  readonly backMs?: number | undefined;
  /** Called once with the reason, if the start has to wait for the engine. Default: ignores it. */
  readonly onWait?: ((reason: string) => void) | undefined;
  /** Called for errors that nothing else reports. Default: ignores them. */
  readonly onError?: ((error: unknown) => void) | undefined;
}
