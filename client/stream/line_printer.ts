/** Prints lines in order; those that come while others are being written go out in one write. */
export class LinePrinter {
  readonly #print: (text: string) => Promise<void>;
  /** What is still to be written. */
  #text = "";
  #writing: Promise<void> | undefined;

  /** Prints by `print`, which is called again only when it has resolved. */
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
