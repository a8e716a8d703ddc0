/** Where a command writes: `print` what was asked for, `report` everything else. */
export interface Output {
  /**
   * Writes text to standard output and waits until it is there.
   *
   * @throws {OutputError} when it cannot be written.
   */
  readonly print: (text: string) => Promise<void>;
  /** Writes a line to standard error. */
  readonly report: (line: string) => void;
  /** Writes text to standard error, and resolves when it is there: who reads may take their time. */
  readonly log: (text: string) => Promise<void>;
}

/** Standard output cannot be written: nobody reads it any more (`closed`), or the disk is full. */
export class OutputError extends Error {
  override readonly name = "OutputError";
  /** True if whoever read it has seen enough, as in `chat … | head`. */
  readonly closed: boolean;

  /** Keeps why. */
  constructor(cause: Error) {
    super(`Cannot write the output: ${cause.message}`, { cause });
    this.closed = cause instanceof Deno.errors.BrokenPipe;
  }
}

const encoder = new TextEncoder();

/** The standard streams of this process. */
export const standardOutput: Output = {
  async print(text) {
    try {
      await writeAll(Deno.stdout, text);
    } catch (error) {
      throw new OutputError(error as Error);
    }
  },
  log: (text) => writeAll(Deno.stderr, text),
  report(line) {
    // deno-lint-ignore no-console -- it never throws: with standard error gone, whom to tell?
    console.error(line);
  },
};

async function writeAll(
  stream: { write(bytes: Uint8Array): Promise<number> },
  text: string,
): Promise<void> {
  let bytes = encoder.encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(await stream.write(bytes));
}
