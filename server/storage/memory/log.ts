import { Buffer } from "node:buffer";
import {
  authorKey,
  type Draft,
  type Note,
  noteAudience,
  type TimedDraft,
  toNote,
} from "../../../room/note.ts";
import { IdIndex } from "../../../room/state/id_index.ts";
import {
  type Appended,
  type Log,
  MAX_DROPPED_PRIVATE_NOTES,
  type ReadLimit,
  type Retention,
  type SentDraft,
} from "../../../room/state/log.ts";

/** Where a log without notes starts: after other notes, if it continues another log. */
export interface MemoryLogStart {
  /** Its history. Default: a new one. */
  readonly history?: string;
  /** The histories that it continues. Default: none. */
  readonly origins?: ReadonlyMap<string, number>;
  /** The position of the last note before it, which it does not have. Default: 0. */
  readonly head?: number;
}

/** A note as stored in the ring. */
interface RingEntry {
  readonly note: Note;
  /** The id given by its author; empty without one. */
  readonly id: string;
  /** Bytes of UTF-8 of the message. */
  readonly bytes: number;
}

/** A private note with its audience, to hide it from everyone else. */
interface PrivateNote {
  readonly seq: number;
  readonly audience: ReadonlySet<string>;
}

/** A log that lives as long as the process. It applies the limit on notes at each append. */
export class MemoryLog implements Log {
  readonly history: string;
  readonly origins: ReadonlyMap<string, number>;
  readonly #retention: Retention;
  /** Grows up to `retention.notes`; the note at `seq` is at `(seq - 1) % retention.notes`. */
  readonly #ring: (RingEntry | undefined)[] = [];
  /** The notes in the ring that have an id, and perhaps some that were dropped. */
  readonly #ids = new IdIndex();
  /** The kept private notes, and the newest of the dropped ones, in order. */
  #privateNotes: PrivateNote[] = [];
  /** The number of dropped private notes in `#privateNotes`. */
  #droppedPrivate = 0;
  #known: number;
  #head: number;
  #first: number;
  /** The sum of `bytes` over the ring. */
  #bytes = 0;

  /**
   * Creates a log without notes.
   *
   * @param start What it continues. Default: nothing; it is a new history.
   */
  constructor(retention: Retention, start: MemoryLogStart = {}) {
    const { history = crypto.randomUUID(), origins = new Map(), head = 0 } = start;
    this.history = history;
    this.origins = origins;
    this.#retention = retention;
    this.#head = head;
    this.#first = this.#known = head + 1;
  }

  get head(): number {
    return this.#head;
  }

  get first(): number {
    return this.#first;
  }

  get known(): number {
    return this.#known;
  }

  append(drafts: readonly Draft[], now: number): Promise<Appended> {
    const seqs: number[] = [];
    const notes: Note[] = [];
    for (const draft of drafts) {
      const { id } = draft;
      const author = id === "" ? "" : authorKey(draft);
      let seq = id === "" ? undefined : this.#find(author, id);
      if (seq === undefined) {
        const note = this.#add(draft, author, now);
        notes.push(note);
        seq = note.seq;
      }
      seqs.push(seq);
    }
    return Promise.resolve({ seqs, notes });
  }

  /** Appends drafts as new notes, each `later` milliseconds after `time`. Does not look up ids. */
  extend(drafts: readonly TimedDraft[], time: number): Promise<readonly Note[]> {
    const add = (draft: TimedDraft) =>
      this.#add(draft, draft.id === "" ? "" : authorKey(draft), time + (draft.later ?? 0));
    return Promise.resolve(drafts.map(add));
  }

  find(draft: SentDraft): Promise<number | undefined> {
    const { id } = draft;
    return Promise.resolve(id === "" ? undefined : this.#find(authorKey(draft), id));
  }

  hidden(
    from: number,
    to: number,
    reader: string | undefined,
    most: number,
  ): Promise<number[]> {
    const seqs: number[] = [];
    for (let i = this.#privateBefore(to) - 1; i >= 0 && seqs.length < most; i--) {
      const { seq, audience } = this.#privateNotes[i]!;
      if (seq < from) break;
      if (reader === undefined || !audience.has(reader)) seqs.push(seq);
    }
    return Promise.resolve(seqs);
  }

  read(from: number, limit: ReadLimit): Promise<Note[]> {
    const notes: Note[] = [];
    let chars = 0;
    let seq = Math.max(from, this.#first);
    while (seq <= this.#head && notes.length < limit.notes && chars < limit.chars) {
      const { note } = this.#at(seq++);
      notes.push(note);
      chars += note.message.length;
    }
    return Promise.resolve(notes);
  }

  trim(now: number, most: number): Promise<number> {
    let dropped = 0;
    while (dropped < most && this.#first <= this.#head && this.#isBeyond(now)) {
      this.#drop();
      dropped++;
    }
    return Promise.resolve(dropped);
  }

  #isBeyond(now: number): boolean {
    const { ageMs, bytes } = this.#retention;
    return this.#bytes > bytes || now - this.#at(this.#first).note.time >= ageMs;
  }

  #add(draft: Draft, author: string, now: number): Note {
    const { id, message } = draft;
    const note = toNote(draft, this.#head + 1, now);
    this.#keep({ note, id, bytes: Buffer.byteLength(message) });
    if (id !== "") this.#ids.add(author, id, note.seq, this.#first);
    return note;
  }

  #find(author: string, id: string): number | undefined {
    return this.#ids.find(author, id, (seq) => {
      const kept = seq < this.#first ? undefined : this.#at(seq);
      return kept?.id === id && authorKey(kept.note) === author;
    });
  }

  #keep(kept: RingEntry): void {
    const { notes } = this.#retention;
    if (this.#head - this.#first + 1 === notes) this.#drop();
    this.#head = kept.note.seq;
    this.#ring[(this.#head - 1) % notes] = kept;
    this.#bytes += kept.bytes;
    const audience = noteAudience(kept.note);
    if (audience) this.#privateNotes.push({ seq: this.#head, audience });
  }

  #drop(): void {
    const { note, bytes } = this.#at(this.#first);
    if (note.kind === "whisper") this.#droppedPrivate++;
    // Rarely, since it copies the whole list. The newest dropped private notes are always kept.
    if (this.#droppedPrivate >= 2 * MAX_DROPPED_PRIVATE_NOTES) this.#forgetPrivate();
    this.#bytes -= bytes;
    this.#ring[(this.#first - 1) % this.#retention.notes] = undefined;
    this.#first++;
  }

  #forgetPrivate(): void {
    this.#privateNotes = this.#privateNotes.slice(this.#droppedPrivate - MAX_DROPPED_PRIVATE_NOTES);
    this.#droppedPrivate = MAX_DROPPED_PRIVATE_NOTES;
    this.#known = this.#privateNotes[0]!.seq;
  }

  /** The number of private notes before a position. */
  #privateBefore(seq: number): number {
    let low = 0;
    let high = this.#privateNotes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#privateNotes[middle]!.seq < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #at(seq: number): RingEntry {
    const kept = this.#ring[(seq - 1) % this.#retention.notes];
    if (!kept) throw new RangeError(`No note at ${seq}: kept are ${this.#first} to ${this.#head}`);
    return kept;
  }
}
