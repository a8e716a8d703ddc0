import type { Note, TimedDraft } from "../../../room/note.ts";
import type { Log } from "../../../room/state/log.ts";
import type { BatchMark } from "../sqlite/room_row.ts";

/** A server's own copy of a log that several servers share. All reads are answered from it. */
export interface Replica extends Log {
  /** The newest batch that it has; undefined if it is empty. Missing if it starts so each time. */
  readonly mark?: BatchMark | undefined;
  /**
   * Appends the notes of a batch, without looking their ids up: the server that stored them has done
   * so. This one may still have a note of the same id, which that one had dropped.
   *
   * @param time The time of the batch.
   * @param mark The batch, to find it in the journal again.
   * @throws when they cannot be stored; then none of the batches of this tick are.
   */
  extend(notes: readonly TimedDraft[], time: number, mark: BatchMark): Promise<readonly Note[]>;
}

/**
 * Makes the replica of a log that goes on after the note `head`, in place of the one before. A
 * replica that was kept may have more notes than that; otherwise it is empty.
 */
export type MakeReplica = (head: number) => Promise<Replica>;

/** What a replica is of, and where it starts. */
export interface ReplicaStart {
  readonly history: string;
  readonly origins: ReadonlyMap<string, number>;
  /** The note after which an empty replica starts. */
  readonly head: number;
}

/** The replicas of one server. Rooms are given by their folded names. */
export interface Replicas extends AsyncDisposable {
  /** The newest batch of all of them; undefined if there is none. Missing if they are in memory. */
  readonly mark?: BatchMark | undefined;
  /** Opens the replica of the log of a room. */
  open(room: string, start: ReplicaStart): Promise<Replica>;
  /** Deletes the replica of a room, which must not be in use. */
  remove(room: string): Promise<void>;
  /**
   * Checks that the replicas will be found again. Missing if they are in memory.
   *
   * @throws {ChatError} `unavailable`, if they will not.
   */
  check?(): void;
  /** Deletes all replicas but those of these histories. */
  retain(histories: ReadonlySet<string>): Promise<void>;
}
