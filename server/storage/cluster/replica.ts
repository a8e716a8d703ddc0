import type { Draft, Note } from "../../../room/note.ts";
import type { Log } from "../../../room/state/log.ts";

/** A server's own copy of a log that several servers share. All reads are answered from it. */
export interface Replica extends Log {
  /**
   * Appends drafts as new notes of the time `now`, without looking their ids up: the server that
   * stored them has done so. This one may still have a note of the same id, which that one had
   * dropped.
   *
   * @param place The position of the batch in the journal.
   * @throws when they cannot be stored; then none of the batches of this tick are.
   */
  extend(drafts: readonly Draft[], now: number, place: number): Promise<readonly Note[]>;
}
