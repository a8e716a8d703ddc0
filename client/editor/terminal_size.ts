import type { WriteStream } from "node:tty";
import type { ScreenOutput } from "./screen.ts";

/**
 * The output with its size as of now. Node learns of a new size by a signal, some time after
 * the terminal has wrapped anew what it shows: whoever draws in between would be wrong.
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
