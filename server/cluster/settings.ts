import { ChatError } from "../../room/errors.ts";
import { MAX_NOTE_BYTES } from "../../room/note.ts";

/** How a server connects to the engine that it shares with other servers. */
export interface ClusterOptions {
  /** The URLs of the engine's nodes: `nats://HOST:PORT` or `tls://HOST:PORT`, all of one kind. */
  readonly urls: readonly string[];
  /**
   * The name of the chat, which its servers have in common: 1 to 32 lower-case letters, digits and
   * `-`. Default: `chat`.
   */
  readonly name?: string | undefined;
  /**
   * The number of nodes that store each entry: 1, 3 or 5. Default: what the engine has for this chat
   * already, otherwise 3, or 1 if the engine is a single node.
   */
  readonly replicas?: number | undefined;
  /** The text of a credentials file, or the seed of an NKey. Default: no credentials. */
  readonly credentials?: string | undefined;
  /** The authorities that sign the certificates of the nodes, in PEM. Default: the system's. */
  readonly ca?: string | undefined;
  /** The certificate of this server for the engine and its key, in PEM. Default: none. */
  readonly certificate?: { readonly cert: string; readonly key: string } | undefined;
  /** The least size of an entry that the engine must accept, in bytes. Default: 0. */
  readonly minEntryBytes?: number | undefined;
  /** The time for which it tries to reach the engine, in milliseconds. Default: 10,000. */
  readonly startMs?: number | undefined;
  /** The time for one attempt to connect to a node, in milliseconds. Default: 5,000. */
  readonly dialMs?: number | undefined;
  /** Called for errors that nothing else reports. Default: ignores them. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** The name of a chat in its engine if none is given. */
export const DEFAULT_CLUSTER_NAME = "chat";

const MAX_CLUSTER_NAME_CHARS = 32;

/** The fields of a batch besides its notes, in bytes, and of a note besides its text. */
const ENTRY_OVERHEAD_BYTES = 4_096;

/**
 * Checks the name of a chat in its engine.
 *
 * @throws {ChatError} `invalid`, if it is not one.
 */
export function checkClusterName(name: string): void {
  if (/^[a-z0-9-]+$/.test(name) && name.length <= MAX_CLUSTER_NAME_CHARS) return;
  throw new ChatError(
    "invalid",
    `--cluster-name "${name}" must be 1 to ${MAX_CLUSTER_NAME_CHARS} lower-case letters, digits and "-"`,
  );
}

/**
 * Checks the number of nodes that store each entry.
 *
 * @throws {ChatError} `invalid`, if it is neither 1, 3 nor 5.
 */
export function checkReplicas(replicas: number): void {
  if ([1, 3, 5].includes(replicas)) return;
  throw new ChatError("invalid", `--cluster-replicas ${replicas} must be 1, 3 or 5`);
}

/** Returns the size of the largest entry with one note, in bytes. */
export function largestEntryBytes(maxNoteBytes: number = MAX_NOTE_BYTES): number {
  return maxNoteBytes + ENTRY_OVERHEAD_BYTES;
}
