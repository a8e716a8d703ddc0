/** The mode in which a terminal brackets pasted text (DECSET). */
export const BRACKETED_PASTE = 2004;

/** The mark before a paste, and with `1` the one after it. */
// deno-lint-ignore no-control-regex -- that is what these sequences start with
const MARK = /(?:\x1b\[|\x9b)20([01])~/;

/** The beginning of a mark at the end of a text. */
// deno-lint-ignore no-control-regex -- that is what these sequences start with
const CUT_MARK = /(?:\x1b|(?:\x1b\[|\x9b)(?:2(?:0[01]?)?)?)$/;

/** A paste: its text, or the number of its characters, if they were too many. */
export type Pasted =
  | { readonly type: "paste"; readonly text: string }
  | { readonly type: "refused"; readonly chars: number };

/** A paste that is being read, after the mark of its start. */
export class Paste {
  readonly #maxChars: number;
  #parts: string[] = [];
  #chars = 0;
  /** The end of the text so far, if it may be the beginning of a mark. */
  #cut = "";

  /** Begins a paste that keeps at most `maxChars` UTF-16 units. */
  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  /**
   * Reads on, and returns the text after the paste if that ends here. Another start within a
   * paste means that an end was lost; it is left out.
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

  /** Ends the paste, with its mark or without. */
  end(): Pasted {
    this.#add(this.#cut);
    this.#cut = "";
    if (this.#chars > this.#maxChars) return { type: "refused", chars: this.#chars };
    return { type: "paste", text: this.#parts.join("") };
  }

  #add(text: string): void {
    this.#chars += text.length;
    if (this.#chars <= this.#maxChars) this.#parts.push(text);
    else this.#parts = []; // A part of a paste is of no use.
  }
}
