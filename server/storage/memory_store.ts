import { Buffer } from "node:buffer";
import {
  authorKey,
  type Draft,
  foldName,
  type Note,
  noteAudience,
  toNote,
} from "../../room/note.ts";
import type { OwnedName } from "../../room/owned_name.ts";
import type { Sanction, SanctionStore } from "../../room/sanctions.ts";
import {
  type Appended,
  checkRetention,
  type Log,
  type LogStore,
  MAX_DROPPED_PRIVATE_NOTES,
  type ReadLimit,
  type Retention,
} from "../../room/state/log.ts";
import type { NameStore } from "../../room/state/names.ts";
import { IdIndex } from "../../room/state/id_index.ts";

/** A note as stored in the ring. */
interface RingEntry {
  readonly note: Note;
  /** The id given by its author; empty without one. */
  readonly id: string;
  /** Bytes of UTF-8 of the message. */
  readonly bytes: number;
}

/** A log, and the spelling of the name of its room. */
interface StoredLog {
  readonly log: MemoryLog;
  readonly spelling: () => string;
}

/** A private note with its audience, to hide it from everyone else. */
interface PrivateNote {
  readonly seq: number;
  readonly audience: ReadonlySet<string>;
}

/** Logs, owned names and sanctions, kept for the lifetime of the process. */
export class MemoryStore implements LogStore, NameStore, SanctionStore {
  /** Identifies this store's server: 32 random bytes. */
  readonly id: Uint8Array = crypto.getRandomValues(new Uint8Array(32));
  readonly #retention: Retention;
  /** By folded name. */
  readonly #logs = new Map<string, StoredLog>();
  /** By folded name. */
  readonly #owned = new Map<string, OwnedName>();
  readonly #sanctions = new Map<string, Sanction>();

  /**
   * Creates an empty store.
   *
   * @throws {RangeError} if a bound is not a number of at least 1, or `notes` not an integer.
   */
  constructor(retention: Retention) {
    checkRetention(retention);
    this.#retention = retention;
  }

  rooms(): Promise<string[]> {
    const used = [...this.#logs.values()].filter(({ log }) => log.head > 0);
    return Promise.resolve(used.map(({ spelling }) => spelling()));
  }

  open(room: string, spelling = () => room): Promise<MemoryLog> {
    let stored = this.#logs.get(room);
    if (!stored) {
      stored = { log: new MemoryLog(this.#retention), spelling };
      this.#logs.set(room, stored);
    }
    return Promise.resolve(stored.log);
  }

  remove(room: string): Promise<number> {
    const log = this.#logs.get(room)?.log;
    this.#logs.delete(room);
    return Promise.resolve(log ? log.head + 1 - log.first : 0);
  }

  ownedNames(): Promise<OwnedName[]> {
    return Promise.resolve([...this.#owned.values()]);
  }

  saveOwnedName(name: OwnedName): Promise<void> {
    this.#owned.set(foldName(name.name), name);
    return Promise.resolve();
  }

  releaseName(name: string): Promise<void> {
    this.#owned.delete(foldName(name));
    return Promise.resolve();
  }

  sanctions(): Promise<Sanction[]> {
    return Promise.resolve([...this.#sanctions.values()]);
  }

  saveSanction(sanction: Sanction): Promise<void> {
    this.#sanctions.set(`${sanction.kind} ${sanction.principal}`, sanction);
    return Promise.resolve();
  }

  liftSanction({ kind, principal }: Pick<Sanction, "kind" | "principal">): Promise<void> {
    this.#sanctions.delete(`${kind} ${principal}`);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#logs.clear();
    return Promise.resolve();
  }
}

/** A log that lives as long as the process. It applies the limit on notes at each append. */
class MemoryLog implements Log {
  readonly history: string = crypto.randomUUID();
  readonly origins: ReadonlyMap<string, number> = new Map();
  readonly #retention: Retention;
  /** Grows up to `retention.notes`; the note at `seq` is at `(seq - 1) % retention.notes`. */
  readonly #ring: (RingEntry | undefined)[] = [];
  /** The notes in the ring that have an id, and perhaps some that were dropped. */
  readonly #ids = new IdIndex();
  /** The kept private notes, and the newest of the dropped ones, in order. */
  #privateNotes: PrivateNote[] = [];
  /** The number of dropped private notes in `#privateNotes`. */
  #droppedPrivate = 0;
  #known = 1;
  #head = 0;
  #first = 1;
  /** The sum of `bytes` over the ring. */
  #bytes = 0;

  constructor(retention: Retention) {
    this.#retention = retention;
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
        seq = this.#head + 1;
        const note = toNote(draft, seq, now);
        this.#keep({ note, id, bytes: Buffer.byteLength(draft.message) });
        if (id !== "") this.#ids.add(author, id, seq, this.#first);
        notes.push(note);
      }
      seqs.push(seq);
    }
    return Promise.resolve({ seqs, notes });
  }

  find(draft: Draft): Promise<number | undefined> {
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
