import type { WriteStream } from "node:tty";
import type { ScreenOutput } from "./screen.ts";

/**
 * Returns the output with its size as of now. Node learns of a new size by a signal, some time after
 * the terminal has wrapped its rows anew: a line drawn in between would be in the wrong rows.
 */
export function terminalOutput(output: WriteStream): ScreenOutput {
  const size = () => {
    try {
      return Deno.consoleSize();
    } catch {
      return { columns: output.columns, rows: output.rows }; // No terminal, as in some tests.
    }
  };
  return {
    write: (text) => output.write(text),
    get columns() {
      return size().columns;
    },
    get rows() {
      return size().rows;
    },
  };
}
