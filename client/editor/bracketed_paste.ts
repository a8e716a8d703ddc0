/** The mode in which a terminal brackets what is pasted (DECSET). */
export const BRACKETED_PASTE = 2004;

/** What stands around a paste; the `1` is of its end. */
// deno-lint-ignore no-control-regex -- that is what these sequences start with
const MARK = /(?:\x1b\[|\x9b)20([01])~/;

/** The beginning of a mark at the end of a text. */
// deno-lint-ignore no-control-regex -- that is what these sequences start with
const CUT_MARK = /(?:\x1b|(?:\x1b\[|\x9b)(?:2(?:0[01]?)?)?)$/;

/** What became of a paste: its text, or the number of its characters, if they were too many. */
export type Pasted =
  | { readonly type: "paste"; readonly text: string }
  | { readonly type: "refused"; readonly chars: number };

/** A paste under way, as a terminal sends it after the mark of its start. */
export class Paste {
  readonly #maxChars: number;
  #parts: string[] = [];
  #chars = 0;
  /** What may be the beginning of a mark. */
  #cut = "";

  /** Begins a paste, of which no more than `maxChars` UTF-16 units are kept. */
  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  /**
   * Takes what comes next, and returns what follows the paste, if that is its end. The mark of
   * another start in it is of a paste after one whose end was lost, and says nothing.
   */
  read(text: string): string | undefined {
    let rest = this.#cut + text;
    this.#cut = "";
    for (let mark = MARK.exec(rest); mark; mark = MARK.exec(rest)) {
      this.#add(rest.slice(0, mark.index));
      rest = rest.slice(mark.index + mark[0].length);
      if (mark[1] === "1") return rest;
    }
    this.#cut = CUT_MARK.exec(rest)?.[0] ?? "";
    this.#add(rest.slice(0, rest.length - this.#cut.length));
    return undefined;
  }

  /** Ends it, with its mark or without. */
  end(): Pasted {
    this.#add(this.#cut);
    this.#cut = "";
    if (this.#chars > this.#maxChars) return { type: "refused", chars: this.#chars };
    return { type: "paste", text: this.#parts.join("") };
  }

  #add(text: string): void {
    this.#chars += text.length;
    if (this.#chars <= this.#maxChars) this.#parts.push(text);
    else this.#parts = []; // There is no use for the part that would fit.
  }
}
