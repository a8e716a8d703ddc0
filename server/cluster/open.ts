import type { ClusterOptions } from "../cluster_options.ts";
import type { Engine } from "./engine.ts";
import { connectNats } from "./nats.ts";
import { largestEntryBytes } from "./settings.ts";

/** What a server needs of its engine. */
export interface OpenOptions {
  readonly cluster: ClusterOptions;
  /** The size of the largest note, in bytes. */
  readonly maxNoteBytes: number;
  /** Called for errors that nothing else reports. */
  readonly onError: (error: unknown) => void;
}

/**
 * Connects to the engine that the options name, and prepares the journals of the chat.
 *
 * @throws {ChatError} if it cannot be reached or used.
 */
export function openCluster(
  { cluster: { cert, key, ...cluster }, maxNoteBytes, onError }: OpenOptions,
): Promise<Engine> {
  return connectNats({
    ...cluster,
    onError,
    certificate: cert === undefined || key === undefined ? undefined : { cert, key },
    minEntryBytes: largestEntryBytes(maxNoteBytes),
  });
}
