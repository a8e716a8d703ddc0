import type { Draft, Note } from "./note.ts";

/** How much of a log one read may return. */
export interface ReadLimit {
  /** At most this many notes. */
  readonly notes: number;
  /** Stop after the note that reaches this many bytes of text; one note is always returned. */
  readonly bytes: number;
}

/**
 * An append-only sequence of notes, numbered 1, 2, 3, … without gaps, whose oldest
 * notes may be dropped. Only a `Room` appends to it, one batch at a time.
 */
export interface Log {
  /** The position of the newest note; 0 if there has never been one. */
  readonly head: number;
  /** The position of the oldest note still here; `head + 1` if there is none. */
  readonly first: number;

  /** Appends the drafts in order, all or none, and returns the notes that they became. */
  append(drafts: readonly Draft[]): Promise<Note[]>;

  /**
   * Reads consecutive notes from position `from` on, or from the oldest still here if
   * `from` has been dropped. Empty if `from` is past the head.
   */
  read(from: number, limit: ReadLimit): Promise<Note[]>;
}
