import type { Note } from "../../room/note.ts";

/** A note of the original contract. */
type OriginalNote = Pick<Note, "name" | "message">;

/**
 * Distinguishes new notes from notes that a server repeats. The original contract has no positions:
 * every `ChatStream` starts with the first note, so after a reconnect all notes that match the
 * transcript so far have already been shown. At the first difference, the server must have started
 * a new transcript: everything from there on is new.
 */
export class Replay {
  /** The digests of all notes so far, in order: 8 bytes per note for the lifetime of the chat. */
  readonly #digests: number[] = [];
  /** The number of notes on this stream so far. */
  #position = 0;

  /** Marks the start of a new stream. */
  restart(): void {
    this.#position = 0;
  }

  /** Forgets the latest notes, which nobody has seen, and ends the stream. */
  forget(count: number): void {
    this.#digests.length = Math.max(0, this.#digests.length - count);
    this.#position = 0;
  }

  /** Records the next note of the stream; returns whether it is a repetition. */
  repeats(note: OriginalNote): boolean {
    const digest = noteDigest(note);
    const repeated = this.#digests[this.#position] === digest;
    if (!repeated) {
      this.#digests.length = this.#position;
      this.#digests.push(digest);
    }
    this.#position++;
    return repeated;
  }
}

/** Computes a 52-bit digest, FNV-1a in two lanes, so that a collision does not hide a note. */
function noteDigest({ name, message }: OriginalNote): number {
  const text = `${name.length}:${name}${message}`;
  let low = 0x811c9dc5;
  let high = 0x01000193;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x85ebca6b) ^ (low >>> 13);
  }
  return (high & 0xfffff) * 2 ** 32 + (low >>> 0);
}
