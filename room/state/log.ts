import type { Draft, Note } from "../note.ts";

/** How much of a log one read may return. */
export interface ReadLimit {
  /** At most this many notes. */
  readonly notes: number;
  /** Stop after the note that reaches this many UTF-16 units of messages; one note is always returned. */
  readonly chars: number;
}

/** Which notes a log keeps; the oldest ones beyond any of the bounds are dropped. */
export interface Retention {
  /** The newest so many notes: a whole number of at least 1. */
  readonly notes: number;
  /** Notes younger than this, in milliseconds. `Infinity` keeps any age. */
  readonly ageMs: number;
  /** The newest notes whose messages fit, in bytes of UTF-8. `Infinity` keeps any size. */
  readonly bytes: number;
}

/**
 * Checks that a log can be kept so.
 *
 * @throws {RangeError} if a bound is no number of at least 1, or `notes` not a whole one.
 */
export function checkRetention({ notes, ageMs, bytes }: Retention): void {
  if (!Number.isSafeInteger(notes) || notes < 1) {
    throw new RangeError(`Cannot keep ${notes} notes: must be a whole number of at least 1`);
  }
  if (!(ageMs >= 1)) throw new RangeError(`Cannot keep notes for ${ageMs} ms: must be at least 1`);
  if (!(bytes >= 1)) throw new RangeError(`Cannot keep ${bytes} bytes: must be at least 1`);
}

/** How many whispers a log remembers of those that retention has dropped. */
export const MAX_DROPPED_PRIVATE_NOTES = 5_000;

/** What became of a batch of drafts. */
export interface Appended {
  /** The position of each draft, in their order: that of the note it already was, for a repeated id. */
  readonly seqs: readonly number[];
  /** The notes that are new, in order. */
  readonly notes: readonly Note[];
}

/**
 * An append-only sequence of notes, numbered 1, 2, 3, … without gaps, whose oldest
 * notes may be dropped. Only a `Room` appends to it, one batch at a time.
 *
 * Memory, a database and a remote stream can be one, so everything that may touch a
 * disk or a network is asynchronous.
 */
export interface Log {
  /**
   * Names this sequence of positions. It lasts as long as the notes do: a reader that
   * comes back with a position checks by it that the position still means the same.
   */
  readonly history: string;
  /**
   * The histories that this one has gone on from, since it was restored from a copy, each
   * with the newest position that means the same in both.
   */
  readonly origins: ReadonlyMap<string, number>;
  /** The position of the newest note ever appended; 0 if there has never been one. */
  readonly head: number;
  /** The position of the oldest note still here; `head + 1` if there is none. */
  readonly first: number;
  /** The oldest position of which it is known whether a whisper stood there; at most `first`. */
  readonly known: number;

  /**
   * Appends the drafts in order, all or none, as notes of the time `now` (milliseconds
   * since the Unix epoch). A draft whose author has used its id for a note still here, or for
   * an earlier draft of the batch, is that note.
   *
   * @throws when they cannot be stored; nothing has been appended then.
   */
  append(drafts: readonly Draft[], now: number): Promise<Appended>;

  /** Finds the note that a draft already is by its author and id; undefined if there is none. */
  find(draft: Draft): Promise<number | undefined>;

  /**
   * Finds whispers that `reader` must not see, at the positions from `from` up to `to`, newest
   * first and at most `most`. Those that retention has dropped are among them, from `known` on.
   *
   * @param reader An identity; undefined for those who see no whispers.
   */
  hidden(from: number, to: number, reader: string | undefined, most: number): Promise<number[]>;

  /**
   * Reads consecutive notes from position `from` on, or from the oldest still here if
   * `from` has been dropped. Empty if there is none from there on.
   */
  read(from: number, limit: ReadLimit): Promise<Note[]>;

  /**
   * Drops notes that are beyond retention at the time `now`, oldest first, and at most
   * `most` of them, so that no step takes long. Returns how many it dropped.
   */
  trim(now: number, most: number): Promise<number>;
}

/** Where the logs of all rooms are kept. */
export interface LogStore extends AsyncDisposable {
  /** The names of the rooms in which there has ever been a note. */
  rooms(): Promise<string[]>;
  /**
   * Opens the log of `room`; a new one is kept from its first note on. Not called again before the
   * room is removed.
   */
  open(room: string): Promise<Log>;
  /**
   * Removes the log of `room` for good, if there is one, and returns how many notes it had. Nobody
   * uses it any more.
   *
   * @throws {ChatError} `unavailable`, if it cannot; a part of the notes may be gone then.
   */
  remove(room: string): Promise<number>;
}
