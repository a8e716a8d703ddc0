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

  /** Prints lines, which must hold no control characters, above the input line. */
  print(lines: readonly string[]): void {
    if (lines.length === 0) return;
    const { rows } = this.#readline.getCursorPos();
    const up = rows > 0 ? `\x1b[${rows}A` : "";
    process.stdout.write(`${up}\r\x1b[J${lines.join("\n")}\n`);
    this.#readline.prevRows = 0;
    this.#readline.prompt(true);
  }

  /** Puts a text back into the input line; false if something else is being typed there. */
  restore(text: string): boolean {
    if (this.#readline.line !== "") return false;
    this.#readline.write(text);
    return true;
  }
}
