import process from "node:process";
import type { Interface } from "node:readline";

/** A readline, with how many rows above the cursor it believes its input line to begin. */
type Readline = Interface & { prevRows?: number };

/**
 * The terminal of somebody who types: lines appear above the one being typed, which
 * stays as it is. Nothing else writes to standard output while this is in use.
 */
export class Screen {
  readonly #readline: Readline;

  /** Prints above the input line of `readline`, which reads and echoes the keys. */
  constructor(readline: Readline) {
    this.#readline = readline;
  }

  /** Prints a line, which must hold no control characters, above the input line. */
  print(line: string): void {
    const { rows } = this.#readline.getCursorPos();
    const up = rows > 0 ? `\x1b[${rows}A` : "";
    process.stdout.write(`${up}\r\x1b[J${line}\n`);
    this.#readline.prevRows = 0;
    this.#readline.prompt(true);
  }

  /** Puts a text that could not be sent back into the input line, unless something is there. */
  restore(text: string): void {
    if (this.#readline.line === "") this.#readline.write(text);
  }
}
