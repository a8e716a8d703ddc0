import type { ChatEvent } from "../chat.ts";

/** The notes that a connection is about to bring, because they were said before it. */
export class PendingNotes {
  #head = 0;
  /** The number of those that have not arrived. */
  #count = 0;

  /** Records the next event; returns whether more of the notes follow, as far as the server knows. */
  continueAfter(event: ChatEvent): boolean {
    if (event.type === "connected") {
      this.#head = event.head?.seq ?? 0;
      this.#count = event.pending?.count ?? 0;
    } else if (event.type === "disconnected") this.#count = 0;
    else if (event.type === "lost") this.#count -= event.count;
    else if (event.type === "notes") {
      const last = event.notes.at(-1)?.seq ?? Infinity;
      // The last of them may be a private note between others, and the count too high.
      this.#count = last >= this.#head ? 0 : this.#count - event.notes.length;
    }
    return this.#count > 0;
  }
}
