import type { Note } from "../../room/note.ts";

/** What the original contract tells of a note. */
type OriginalNote = Pick<Note, "name" | "message">;

/**
 * Tells notes that a server repeats from new ones. The original contract has no
 * positions: every `ChatStream` starts again at the first note, so after a reconnect
 * whatever agrees with the transcript so far has been shown already. Where the two
 * part, the server has started a new transcript, and all of that is news.
 */
export class Replay {
  /** A digest of each note so far, in order: 8 bytes a note, for as long as the chat lasts. */
  readonly #digests: number[] = [];
  /** How many notes this stream has brought. */
  #position = 0;

  /** Marks the start of a new stream. */
  restart(): void {
    this.#position = 0;
  }

  /** Takes the next note of the stream; true if it has been there before. */
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

/** A 52-bit digest: FNV-1a in two lanes, so that chance does not hide a note. */
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
