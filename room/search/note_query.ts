import { foldText } from "../../text/fold_text.ts";
import { foldName, type Note } from "../note.ts";

/** What to look for in notes. */
export interface NoteQueryOptions {
  /** Words and phrases that the message must contain, all of them. With none, any message does. */
  readonly words: readonly string[];
  /** The author's name. Default: any. */
  readonly name?: string | undefined;
}

const SPACES = /\s+/g;

/** The notes that a search looks for: those with certain words, as whole words or parts of them. */
export class NoteQuery {
  readonly #name: string | undefined;
  /** As {@linkcode NoteQuery.fold} folds them. */
  readonly #words: readonly string[];
  readonly #hasPhrase: boolean;
  /** Whether the name is that of the author, by names that were compared before. */
  readonly #names = new Map<string, boolean>();

  constructor({ words, name }: NoteQueryOptions) {
    this.#name = name === undefined ? undefined : foldName(name);
    this.#words = words.map((word) => foldText(word).trim().replaceAll(SPACES, " "));
    this.#hasPhrase = this.#words.some((word) => word.includes(" "));
  }

  /** Whether it looks for the notes of one author. */
  get hasName(): boolean {
    return this.#name !== undefined;
  }

  /** Whether it looks for notes of an author with this name. */
  isBy(name: string): boolean {
    if (this.#name === undefined) return true;
    let isSame = this.#names.get(name);
    if (isSame === undefined) {
      if (this.#names.size >= 1_000) this.#names.clear();
      this.#names.set(name, isSame = foldName(name) === this.#name);
    }
    return isSame;
  }

  /** Folds a message, or several joined ones. White space in a phrase stands for any white space. */
  fold(text: string): string {
    const folded = foldText(text);
    return this.#hasPhrase ? folded.replaceAll(SPACES, " ") : folded;
  }

  /** Whether a folded message contains the words, or several joined ones may. */
  isIn(folded: string): boolean {
    return this.#words.every((word) => folded.includes(word));
  }

  /** Whether it looks for this note. */
  matches({ name, message }: Pick<Note, "name" | "message">): boolean {
    return this.isBy(name) && this.isIn(this.fold(message));
  }
}
