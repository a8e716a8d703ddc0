import { foldText } from "../../text/fold_text.ts";
import { foldName, type Note } from "../note.ts";

/** What to look for in notes. */
export interface NoteQueryOptions {
  /** Words and phrases that the message must contain, all of them. With none, any message does. */
  readonly words: readonly string[];
  /** The author's name. Default: any. */
  readonly name?: string | undefined;
}

/** The notes that a search looks for: those with certain words, as whole words or parts of them. */
export class NoteQuery {
  readonly #name: string | undefined;
  /** Folded. White space in a phrase stands for any white space. */
  readonly #words: readonly (string | RegExp)[];
  /** Whether the name is that of the author, by names that were compared before. */
  readonly #names = new Map<string, boolean>();

  constructor({ words, name }: NoteQueryOptions) {
    this.#name = name === undefined ? undefined : foldName(name);
    this.#words = words.map((word) => {
      const parts = foldText(word).trim().split(/\s+/);
      return parts.length === 1
        ? parts[0]!
        : new RegExp(parts.map((part) => RegExp.escape(part)).join("\\s+"), "u");
    });
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

  /** Whether a message contains the words, or several joined ones may. `folded` is folded. */
  isIn(folded: string): boolean {
    return this.#words.every((word) =>
      typeof word === "string" ? folded.includes(word) : word.test(folded)
    );
  }

  /** Whether it looks for this note. */
  matches({ name, message }: Pick<Note, "name" | "message">): boolean {
    return this.isBy(name) && this.isIn(foldText(message));
  }
}
