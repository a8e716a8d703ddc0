/** Prints lines in order. Lines that arrive during a write go out together in the next one. */
export class LinePrinter {
  readonly #print: (text: string) => Promise<void>;
  /** The lines that have not been written. */
  #text = "";
  #writing: Promise<void> | undefined;

  /** Prints with `print`, which is called again only after it has resolved. */
  constructor(print: (text: string) => Promise<void>) {
    this.#print = print;
  }

  /** Prints a line; resolves when it is written. */
  print(line: string): Promise<void> {
    this.#text += `${line}\n`;
    return this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    try {
      while (this.#text !== "") {
        const text = this.#text;
        this.#text = "";
        await this.#print(text);
      }
    } finally {
      this.#writing = undefined;
    }
  }
}
