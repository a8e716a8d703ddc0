import { formatCount } from "../../text/number.ts";
import { OutputError } from "./output.ts";

/** How to write lines that may get lost. */
export interface LossyOutputOptions {
  /**
   * Writes text, and resolves when it is written.
   *
   * @throws {OutputError} when it cannot be.
   */
  readonly write: (text: string) => Promise<void>;
  /** The line, with its end, that stands where so many are missing. Default: for people. */
  readonly notice?: (lines: number) => string;
  /** Hears why lines get lost, when that begins. Default: nobody. */
  readonly onLoss?: (reason: OutputError) => void;
  /** Hears how many were lost, when it is over. Default: nobody. */
  readonly onRecovery?: (lines: number) => void;
}

const LF = 10;
const encoder = new TextEncoder();

/** Writes lines where there may be no room for a while: those that cannot be written are counted. */
export class LossyOutput {
  readonly #options: LossyOutputOptions;
  /** How many lines are missing after the last one that is written. */
  #lost = 0;
  /** Whether the last line that is written lacks its end. */
  #isTorn = false;
  /** Whether any line was ever lost. */
  hasLost = false;

  /** Writes nothing yet. */
  constructor(options: LossyOutputOptions) {
    this.#options = options;
  }

  /**
   * Writes whole lines, or counts those that it cannot write.
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
    if (written >= start) this.#lost = 0; // The notice is there.
    // A line that lacks nothing but its end is not lost: that comes first of all.
    const from = written > start && bytes[written] === LF ? written + 1 : Math.max(written, start);
    this.#lost += bytes.subarray(from).filter((byte) => byte === LF).length;
    this.hasLost = true;
  }
}

/** Deno buffers standard output by lines, and does not tell how much of a write it kept. */
function missing(lines: number): string {
  return `(up to ${formatCount(lines, "line")} could not be written here)\n`;
}
