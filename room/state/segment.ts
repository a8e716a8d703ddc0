import { type Note, noteAudience } from "../note.ts";

/**
 * Consecutive notes of a log. Readers that stand at the same place get the same object, and
 * with it the same notes, except for those who are party to a whisper among them.
 */
export class Segment {
  /** The position of the first note, or, if there are none, where they would begin. */
  readonly start: number;
  /** The notes. None, if retention has dropped all that were asked for. */
  readonly notes: readonly Note[];
  /** Those that everybody may see: `notes` itself, if that is all of them. */
  readonly #forAll: readonly Note[];
  /** The others, by the identities that may see them. */
  readonly #forSome = new Map<string, Note[]>();

  /** Makes the segment of `notes`, which begins at `start`. */
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

  /** The position after the segment: where the next one begins. */
  get end(): number {
    return this.start + this.notes.length;
  }

  /**
   * The notes that a reader may see. All who may see no more than everybody get the same
   * array, so an edge can encode it once and remember that by its identity.
   *
   * @param reader Their identity; undefined for those who see no whispers.
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
