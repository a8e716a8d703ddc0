/** The output of a command: `print` for its result, `report` for everything else. */
export interface Output {
  /**
   * Writes text to standard output; resolves when it is written.
   *
   * @throws {OutputError} when it cannot be written.
   */
  readonly print: (text: string) => Promise<void>;
  /** Writes a line to standard error. */
  readonly report: (line: string) => void;
  /**
   * Writes text to standard error; resolves when it is written, however slow its reader is.
   *
   * @throws {OutputError} when it cannot be written.
   */
  readonly log: (text: string) => Promise<void>;
}

/** An output that cannot be written: nobody reads it any more (`closed`), or the disk is full. */
export class OutputError extends Error {
  override readonly name = "OutputError";
  /** True if its reader has gone, as in `chat … | head`. */
  readonly closed: boolean;
  /** The number of bytes of the text that were written before. */
  readonly written: number;

  constructor(reason: string, { cause, written = 0 }: ErrorOptions & { written?: number } = {}) {
    super(`Cannot write the output: ${reason}`, { cause });
    this.closed = cause instanceof Deno.errors.BrokenPipe;
    this.written = written;
  }
}

/** Waits until a write is done, and ignores that nobody reads the output any more. */
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
    // deno-lint-ignore no-console -- it never throws, even if standard error is closed
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
