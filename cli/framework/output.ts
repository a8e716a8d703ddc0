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
  /**
   * Writes text to standard error, and resolves when it is there: who reads may take their time.
   *
   * @throws {OutputError} when it cannot be written.
   */
  readonly log: (text: string) => Promise<void>;
}

/** Standard output cannot be written: nobody reads it any more (`closed`), or the disk is full. */
export class OutputError extends Error {
  override readonly name = "OutputError";
  /** True if whoever read it has seen enough, as in `chat … | head`. */
  readonly closed: boolean;
  /** How many bytes of the text are there all the same. */
  readonly written: number;

  constructor(reason: string, { cause, written = 0 }: ErrorOptions & { written?: number } = {}) {
    super(`Cannot write the output: ${reason}`, { cause });
    this.closed = cause instanceof Deno.errors.BrokenPipe;
    this.written = written;
  }
}

/** Waits until something is written; it does no harm that nobody reads it any more. */
export async function unlessClosed(writing: Promise<void>): Promise<void> {
  try {
    await writing;
  } catch (error) {
    if (!(error instanceof OutputError && error.closed)) throw error;
  }
}

const encoder = new TextEncoder();

/** The standard streams of this process. */
export const standardOutput: Output = {
  print: (text) => writeAll(Deno.stdout, text),
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
  const bytes = encoder.encode(text);
  let written = 0;
  try {
    while (written < bytes.length) written += await stream.write(bytes.subarray(written));
  } catch (error) {
    const { reasonFor } = await import("../../platform/errno.ts"); // Not loaded at every start.
    throw new OutputError(reasonFor(error), { cause: error, written });
  }
}
