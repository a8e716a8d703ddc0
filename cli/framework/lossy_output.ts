import { formatCount } from "../../text/number.ts";
import { OutputError } from "./output.ts";

/** The options of a {@linkcode LossyOutput}. */
export interface LossyOutputOptions {
  /**
   * Writes text, and resolves when it is written.
   *
   * @throws {OutputError} when it cannot be.
   */
  readonly write: (text: string) => Promise<void>;
  /** Returns the line, with its newline, that replaces lost ones. Default: a line for people. */
  readonly notice?: (lines: number) => string;
  /** Called with the reason when lines begin to be lost. Default: not called. */
  readonly onLoss?: (reason: OutputError) => void;
  /** Called with their number when lines are written again. Default: not called. */
  readonly onRecovery?: (lines: number) => void;
}

const LF = 10;
const encoder = new TextEncoder();

/** Writes lines to an output that may be full for a while, and counts lost lines. */
export class LossyOutput {
  readonly #options: LossyOutputOptions;
  /** The number of lines lost after the last written one. */
  #lost = 0;
  /** Whether the end of the last written line is missing. */
  #isTorn = false;
  /** Whether any line was ever lost. */
  hasLost = false;

  /** Writes nothing yet. */
  constructor(options: LossyOutputOptions) {
    this.#options = options;
  }

  /**
   * Writes whole lines, or counts lines that it cannot write.
   *
   * @throws {OutputError} when nobody reads them any more.
   */
  readonly print = async (text: string): Promise<void> => {
    const { write, notice = missing, onRecovery } = this.#options;
    const lost = this.#lost;
    const head = (this.#isTorn ? "\n" : "") + (lost > 0 ? notice(lost) : "");
    try {
      await write(head + text);
    } catch (error) {
      if (!(error instanceof OutputError) || error.closed) throw error;
      this.#lose(head, text, error);
      return;
    }
    this.#lost = 0;
    this.#isTorn = false;
    if (lost > 0) onRecovery?.(lost);
  };

  #lose(head: string, text: string, error: OutputError): void {
    if (this.#lost === 0 && !this.#isTorn) this.#options.onLoss?.(error);
    const bytes = encoder.encode(head + text);
    const start = encoder.encode(head).length;
    const { written } = error;
    if (written > 0) this.#isTorn = bytes[written - 1] !== LF;
    if (written >= start) this.#lost = 0; // The notice was written.
    // A line without its newline is not lost: the next write starts with the newline.
    const from = written > start && bytes[written] === LF ? written + 1 : Math.max(written, start);
    this.#lost += bytes.subarray(from).filter((byte) => byte === LF).length;
    this.hasLost = true;
  }
}

/**
 * An upper bound: Deno buffers standard output by lines, and does not report the size of its
 * buffer.
 */
function missing(lines: number): string {
  return `(up to ${formatCount(lines, "line")} could not be written here)\n`;
}
