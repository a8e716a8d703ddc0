/** The mode in which a terminal brackets what is pasted (DECSET). */
export const BRACKETED_PASTE = 2004;

const START = "\x1b[200~";
const END = "\x1b[201~";

/**
 * Puts together what a terminal in bracketed paste mode sends for a paste, which
 * readline takes apart into keys.
 */
export class PasteReader {
  readonly #maxChars: number;
  readonly #onPaste: (text: string) => void;
  readonly #onTooMuch: (chars: number) => void;
  /** The keys of the paste under way. */
  #parts: string[] | undefined;
  #chars = 0;
  /** The beginning of a bracket: readline knows no keys of three digits, and gives `~` as another one. */
  #bracket = "";

  /** Reads pastes for `onPaste`; `onTooMuch` is told of those of more than `maxChars` characters. */
  constructor(
    maxChars: number,
    onPaste: (text: string) => void,
    onTooMuch: (chars: number) => void,
  ) {
    this.#maxChars = maxChars;
    this.#onPaste = onPaste;
    this.#onTooMuch = onTooMuch;
  }

  /** Takes a key, given as the characters that it sends; false if it is no part of a paste. */
  take(key: string): boolean {
    const sequence = this.#bracket + key;
    this.#bracket = "";
    if (sequence === START.slice(0, -1) || sequence === END.slice(0, -1)) this.#bracket = sequence;
    else if (sequence === START) this.#start();
    else if (sequence === END) this.#end();
    else if (this.#parts) this.#add(sequence);
    else return false;
    return true;
  }

  #start(): void {
    this.#parts = [];
    this.#chars = 0;
  }

  #add(text: string): void {
    this.#chars += text.length;
    if (this.#chars <= this.#maxChars) this.#parts?.push(text);
    else this.#parts = []; // There is no use for the part that would fit.
  }

  #end(): void {
    const parts = this.#parts ?? [];
    this.#parts = undefined;
    if (this.#chars > this.#maxChars) this.#onTooMuch(this.#chars);
    else this.#onPaste(parts.join(""));
  }
}
