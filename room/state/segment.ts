import { type Note, noteAudience } from "../note.ts";

/**
 * Consecutive notes of a log. Readers at the same position get the same object, and with it the
 * same notes, except for readers of a private note among them.
 */
export class Segment {
  /** The position of the first note, or where it would be if there are none. */
  readonly start: number;
  /** The notes. Empty if retention has dropped all that were requested. */
  readonly notes: readonly Note[];
  /** The public notes: `notes` itself, if all are public. */
  readonly #forAll: readonly Note[];
  /** The private notes, by the identities that may see them. */
  readonly #forSome = new Map<string, Note[]>();

  /** Creates the segment of `notes`, which begins at `start`. */
  constructor(start: number, notes: readonly Note[]) {
    this.start = start;
    this.notes = notes;
    const forAll: Note[] = [];
    for (const note of notes) {
      const audience = noteAudience(note);
      if (audience) this.#addFor(audience, note);
      else forAll.push(note);
    }
    this.#forAll = forAll.length === notes.length ? notes : forAll;
  }

  /** The position after the segment. */
  get end(): number {
    return this.start + this.notes.length;
  }

  /**
   * Returns the notes that a reader may see. All readers of only the public notes get the same
   * array, so that it can be encoded once and cached by its identity.
   *
   * @param reader The identity of the readers; undefined for readers who see no private notes.
   */
  notesFor(reader: string | undefined): readonly Note[] {
    const own = reader === undefined ? undefined : this.#forSome.get(reader);
    return own ? [...this.#forAll, ...own].sort((a, b) => a.seq - b.seq) : this.#forAll;
  }

  #addFor(audience: ReadonlySet<string>, note: Note): void {
    for (const reader of audience) {
      const own = this.#forSome.get(reader);
      if (own) own.push(note);
      else this.#forSome.set(reader, [note]);
    }
  }
}
