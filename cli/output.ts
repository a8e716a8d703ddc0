/** Where a command writes: `print` what was asked for, `report` everything else. */
export interface Output {
  /**
   * Writes text to standard output and waits until it is there.
   *
   * @throws {Deno.errors.BrokenPipe} when nobody reads it any more.
   */
  readonly print: (text: string) => Promise<void>;
  /** Writes a line to standard error. */
  readonly report: (line: string) => void;
}

const encoder = new TextEncoder();

/** The standard streams of this process. */
export const standardOutput: Output = {
  async print(text) {
    let bytes = encoder.encode(text);
    while (bytes.length > 0) bytes = bytes.subarray(await Deno.stdout.write(bytes));
  },
  report(line) {
    // deno-lint-ignore no-console -- it never throws: with standard error gone, whom to tell?
    console.error(line);
  },
};
