import type { Log, ReadLimit } from "../room/log.ts";
import type { Draft, Note } from "../room/note.ts";

/** A log that lives as long as the process and keeps the newest notes. */
export class MemoryLog implements Log {
  readonly #capacity: number;
  /** A ring: the note at position `seq` stands at `(seq - 1) % capacity`. */
  readonly #ring: Note[] = [];
  #head = 0;

  /** Makes an empty log that keeps the newest `capacity` notes. */
  constructor(capacity: number) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new RangeError(`Cannot keep ${capacity} notes: must be a whole number of at least 1`);
    }
    this.#capacity = capacity;
  }

  get head(): number {
    return this.#head;
  }

  get first(): number {
    return Math.max(1, this.#head - this.#capacity + 1);
  }

  append(drafts: readonly Draft[]): Promise<Note[]> {
    return Promise.resolve(drafts.map(({ name, message }) => {
      const note: Note = { seq: ++this.#head, name, message };
      this.#ring[(note.seq - 1) % this.#capacity] = note;
      return note;
    }));
  }

  read(from: number, limit: ReadLimit): Promise<Note[]> {
    const notes: Note[] = [];
    let bytes = 0;
    let seq = Math.max(from, this.first);
    while (seq <= this.#head && notes.length < limit.notes && bytes < limit.bytes) {
      const note = this.#ring[(seq++ - 1) % this.#capacity]!;
      notes.push(note);
      bytes += note.message.length;
    }
    return Promise.resolve(notes);
  }
}
