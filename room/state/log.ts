import type { Draft, Note } from "../note.ts";
import type { SearchedLog } from "../search/search_log.ts";

/** The limits of one read of a log. */
export interface ReadLimit {
  /** The most notes. */
  readonly notes: number;
  /**
   * Stop after the note that reaches this many UTF-16 units of messages. At least one note is
   * returned.
   */
  readonly chars: number;
}

/** The notes a log keeps. The oldest ones beyond any of the bounds are dropped. */
export interface Retention {
  /** The most notes: an integer of at least 1. */
  readonly notes: number;
  /** The maximum age of notes, in milliseconds. `Infinity` keeps any age. */
  readonly ageMs: number;
  /** The maximum size of all messages, in bytes of UTF-8. `Infinity` keeps any size. */
  readonly bytes: number;
}

/**
 * Checks the bounds of a retention.
 *
 * @throws {RangeError} if a bound is not a number of at least 1, or `notes` not an integer.
 */
export function checkRetention({ notes, ageMs, bytes }: Retention): void {
  if (!Number.isSafeInteger(notes) || notes < 1) {
    throw new RangeError(`Cannot keep ${notes} notes: must be a whole number of at least 1`);
  }
  if (!(ageMs >= 1)) throw new RangeError(`Cannot keep notes for ${ageMs} ms: must be at least 1`);
  if (!(bytes >= 1)) throw new RangeError(`Cannot keep ${bytes} bytes: must be at least 1`);
}

/** The parts of a draft that identify its note: its author and id. */
export type SentDraft = Pick<Draft, "id" | "name" | "author" | "verified">;

/** The number of dropped private notes a log remembers. */
export const MAX_DROPPED_PRIVATE_NOTES = 5_000;

/** The result of appending a batch of drafts. */
export interface Appended {
  /**
   * The position of each draft, in order. A draft with a repeated id has the position of its note.
   */
  readonly seqs: readonly number[];
  /** The new notes, in order. */
  readonly notes: readonly Note[];
}

/**
 * An append-only sequence of notes, numbered 1, 2, 3, … without gaps, whose oldest notes may be
 * dropped. Only a `Room` appends to it, one batch at a time; so do the rooms of other servers, if
 * several share it.
 *
 * Memory, a database or a remote stream can implement it, so everything that may touch a disk or a
 * network is asynchronous.
 */
export interface Log extends SearchedLog {
  /**
   * Identifies this sequence of positions. It lasts as long as the notes do. A reader that returns
   * with a position uses it to check that the position still means the same.
   */
  readonly history: string;
  /**
   * The histories that this one continues since it was restored from a copy, each with the newest
   * position common to both.
   */
  readonly origins: ReadonlyMap<string, number>;
  /** The position of the newest note ever appended; 0 if there has never been one. */
  readonly head: number;
  /** The position of the oldest note still here; `head + 1` if there is none. */
  readonly first: number;
  /** The oldest position for which it is known whether it is a private note; at most `first`. */
  readonly known: number;

  /**
   * Appends the drafts in order, all or none, as notes of the time `now` (milliseconds since the
   * Unix epoch). If the author of a draft has used its id for a note still here, or for an earlier
   * draft of the batch, the draft is that note.
   *
   * @throws when they cannot be stored; then nothing has been appended, except in a log of several
   * servers: some of the notes may be in it, or follow later.
   */
  append(drafts: readonly Draft[], now: number): Promise<Appended>;

  /**
   * Finds the existing note of a draft by its author and id; undefined if this log does not have it.
   * Reads the disk only if there is a note that is likely to be it.
   */
  find(draft: SentDraft): Promise<number | undefined>;

  /**
   * Finds private notes that `reader` must not see, at the positions from `from` up to `to`, newest
   * first and at most `most`. They include dropped private notes, from `known` on.
   *
   * @param reader An identity; undefined for readers who see no private notes.
   */
  hidden(from: number, to: number, reader: string | undefined, most: number): Promise<number[]>;

  /**
   * Reads consecutive notes from position `from` on, or from the oldest still here if `from` has
   * been dropped. Empty if there is none from there on.
   */
  read(from: number, limit: ReadLimit): Promise<Note[]>;

  /**
   * Drops notes that are beyond retention at the time `now`, oldest first, and at most `most` of
   * them, so that no step takes long. Returns the number of dropped notes.
   */
  trim(now: number, most: number): Promise<number>;

  /**
   * Calls `onNotes` for notes that this log has got other than by an `append()` that returned them:
   * those of other servers. Each call has consecutive notes; each note is reported once, by it or
   * by `append()`. Missing if no other server appends.
   */
  follow?(onNotes: (notes: readonly Note[]) => void): Disposable;

  /**
   * Waits until this log has the note at `seq`, or everything that other servers had appended
   * before the call. Missing if no other server appends.
   *
   * @throws {ChatError} `unavailable`, if the servers' journal does not answer; the reason of
   * `signal`, once it is aborted.
   */
  reach?(seq: number, signal: AbortSignal): Promise<void>;
}

/**
 * Finds the position of the first note of a log with the time `time` or later, or of the next note
 * if there is none.
 */
export async function firstSince(log: Log, time: number): Promise<number> {
  let low = log.first;
  let high = log.head + 1;
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    const [note] = await log.read(middle, { notes: 1, chars: 1 });
    if (note && note.time < time) low = note.seq + 1;
    else high = middle;
    low = Math.max(low, log.first); // Retention may drop notes during the search.
  }
  return low;
}

/** A room that was made or removed. */
export interface RoomChange {
  /** Its folded name. */
  readonly room: string;
  /** Its creator's spelling; undefined if it was removed. */
  readonly name: string | undefined;
  /** Why it was removed, in words for the people in it; empty if it was made. */
  readonly words: string;
}

/** The storage for the logs of all rooms. */
export interface LogStore extends AsyncDisposable {
  /** Returns the rooms that have ever had a note or a topic, in their creators' spelling. */
  rooms(): Promise<string[]>;
  /**
   * Opens the log of `room`, a folded name. A new log is stored from its first note on, or from the
   * first topic of its room. Not called again before the room is removed, or its log has failed.
   *
   * @param spelling Returns how the name is spelled, when the room is stored. Default: `room`.
   */
  open(room: string, spelling?: () => string): Promise<Log>;
  /**
   * Removes the log of `room`, a folded name, permanently, if there is one, with everything else
   * that is stored of the room, and returns its number of notes. The log must not be in use.
   *
   * @param words Why, in words for people who are in the room on other servers. Default: it has no
   * notes, and nobody uses it here any more. Then other servers may go on with it.
   * @throws {ChatError} `unavailable`, if it fails; then some of the notes may be gone.
   */
  remove(room: string, words?: string): Promise<number>;
  /**
   * Calls `onChange` for each change from now on, by this server or others, in the same order on
   * all of them. Missing if only this server uses the store.
   */
  followRooms?(onChange: (change: RoomChange) => void): Disposable;
  /**
   * Calls `onFailure` for each log that can no longer be used, by its room: it was closed, and the
   * next `open()` opens another one. Missing if logs do not fail for good.
   */
  followFailures?(onFailure: (room: string) => void): Disposable;
}
