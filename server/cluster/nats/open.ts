import type { CheckedCluster } from "../../cluster_options.ts";
import type { ConnectOptions } from "../connect_options.ts";
import type { Engine } from "../engine.ts";
import { connectNats } from "./engine.ts";

/** The fields of a batch besides its notes, and of a note besides its text, in bytes. */
const ENTRY_OVERHEAD_BYTES = 4_096;

/** What a server needs of its engine. */
export interface OpenOptions extends Pick<ConnectOptions, "make" | "onWait"> {
  readonly cluster: CheckedCluster;
  /** The size of the largest note, in bytes. */
  readonly maxNoteBytes: number;
  /** Called for errors that nothing else reports. */
  readonly onError: (error: unknown) => void;
}

/**
 * Connects to the engine that the options name, and opens the journals of the chat.
 *
 * @throws {ChatError} if it cannot be reached or used.
 */
export function openCluster(
  { cluster, maxNoteBytes, make, onWait, onError }: OpenOptions,
): Promise<Engine> {
  const minEntryBytes = largestEntryBytes(maxNoteBytes);
  return connectNats({ ...cluster, minEntryBytes, make, onWait, onError });
}

/** Returns the size of the largest entry with one note, in bytes. */
export function largestEntryBytes(maxNoteBytes: number): number {
  return maxNoteBytes + ENTRY_OVERHEAD_BYTES;
}
