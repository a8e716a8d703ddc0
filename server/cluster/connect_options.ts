import type { ClusterOptions } from "../cluster_options.ts";

/** How a server connects to the engine. The options of the chat have been checked. */
export interface ConnectOptions extends Readonly<ClusterOptions> {
  /** The least size of an entry that the engine must accept, in bytes. Default: 0. */
  readonly minEntryBytes?: number | undefined;
  /**
   * The time for which it tries to reach and use the engine, in milliseconds; three times as long if
   * its nodes have no leader. Default: 10,000.
   */
  readonly startMs?: number | undefined;
  /** The time for one attempt to connect to a node, in milliseconds. Default: 5,000. */
  readonly dialMs?: number | undefined;
  /** Called once with the reason, if the start has to wait for the engine. Default: ignores it. */
  readonly onWait?: ((reason: string) => void) | undefined;
  /** Called for errors that nothing else reports. Default: ignores them. */
  readonly onError?: ((error: unknown) => void) | undefined;
}
