import type { FoundMessage, NoteMessage } from "../../proto/messages.ts";
import { Wakeup } from "../../room/wakeup.ts";
import type { SearchEnd, ShownNote } from "../chat.ts";
import type { OwnNotes } from "./own_notes.ts";
import { toRefusal, toShownNote } from "./server_frame.ts";

/** A search that the server has not answered to the end, or whose answer is not read yet. */
export class PendingSearch {
  /** Aborted with the reason why there is no further answer. */
  readonly #failing = new AbortController();
  readonly #wakeup = new Wakeup();
  /** The notes that were not read yet. */
  #notes: ShownNote[] = [];
  /** The most notes that may come: a server may send more than it was asked for. */
  #due: number;
  #end: SearchEnd | undefined;
  #isAwaited = true;
  readonly #own: OwnNotes;

  /** Waits for at most `limit` notes. Found notes that `own` has are marked. */
  constructor(limit: number, own: OwnNotes) {
    this.#due = limit;
    this.#own = own;
  }

  /** Whether somebody waits for what is found. */
  get isAwaited(): boolean {
    return this.#isAwaited;
  }

  /** Adds a part of the answer. */
  add(part: FoundMessage): void {
    const { notes, searched, last, more, code } = part;
    if (last && code !== 0) return this.fail(toRefusal(part));
    // A server that searches reports who is verified.
    const due = this.#isAwaited ? notes.slice(0, this.#due) : [];
    this.#due -= due.length;
    this.#notes.push(...due.map((note) => this.#show(note)));
    if (last) this.#end = { searched, more };
    this.#wakeup.notify();
  }

  #show(found: NoteMessage): ShownNote {
    const note = toShownNote(found, true);
    return this.#own.has(note) ? { ...note, own: true } : note;
  }

  /** Ends the search with an error. */
  fail(reason: Error): void {
    this.#failing.abort(reason);
  }

  /** Yields the notes as they come. Call it once. */
  async *read(): AsyncGenerator<ShownNote, SearchEnd, void> {
    try {
      while (true) {
        const notes = this.#notes;
        this.#notes = [];
        yield* notes;
        if (this.#notes.length > 0) continue;
        if (this.#end) return this.#end;
        await this.#wakeup.wait(this.#failing.signal);
      }
    } finally {
      this.#isAwaited = false;
      this.#notes = [];
    }
  }
}
