import { ChatError } from "../room/errors.ts";
import { visible } from "../room/visible.ts";
import type { InputLine } from "./lines.ts";

/** How a window says things. */
export interface SendWindowOptions {
  /** Says a text, in the order of the calls; resolves with its position when it is accepted. */
  readonly say: (text: string) => Promise<number | undefined>;
  /** Told of each that was accepted, in order; its place in the window is free when it resolves. */
  readonly accepted?: (seq: number | undefined) => Promise<void>;
  /** Takes a line that says what was not sent, and why. */
  readonly report: (line: string) => void;
  /** What a line is called in reports. Default `Line 1`, `Line 2`, … */
  readonly call?: (number: number) => string;
}

/**
 * How what was said has fared: all was accepted (`done`), the server did not take some of it
 * (`rejected`), or it was gone before it had answered (`failed`).
 */
export type SendOutcome = "done" | "rejected" | "failed";

/** How much may wait for its answers: enough to fill the way there and back. */
const MAX_UNANSWERED = { lines: 500, chars: 8 * 1024 * 1024 };

/** Says lines in order, so many ahead of the answers that the way does not slow them down, and no more. */
export class SendWindow {
  readonly #options: SendWindowOptions;
  #given = 0;
  /** How many lines wait for their answers, and how long they are together. */
  readonly #unanswered = { lines: 0, chars: 0 };
  #accepted = 0;
  #rejected = 0;
  #failed = 0;
  /** What went wrong that is nobody's answer. */
  #broken: { readonly error: unknown } | undefined;
  /** Wakes who waits for the next answer. */
  #answered = Promise.withResolvers<void>();

  /** Makes a window in which nothing has been said. */
  constructor(options: SendWindowOptions) {
    this.#options = options;
  }

  /** How many lines there were to say, blank ones not counted. */
  get given(): number {
    return this.#given;
  }

  /** How many of them are neither accepted nor refused. */
  get waiting(): number {
    return this.#given - this.#accepted - this.#rejected;
  }

  /** How it has gone so far. */
  get outcome(): SendOutcome {
    return this.#failed > 0 ? "failed" : this.#rejected > 0 ? "rejected" : "done";
  }

  /**
   * Says each line that is not blank, and resolves once all are answered. It reads no further
   * when the server is gone.
   *
   * @throws what reading the lines throws, and what `say` and `accepted` throw that is no {@linkcode ChatError}.
   */
  async sayAll(lines: AsyncIterable<InputLine>): Promise<void> {
    try {
      for await (const line of lines) {
        if ("text" in line && line.text.trim() === "") continue;
        this.#given++;
        if ("refusal" in line) this.#refuse(line.number, line.refusal);
        else void this.#say(line.number, line.text);
        while (this.#isFull()) await this.#answered.promise;
        if (this.#failed > 0 || this.#broken) break;
      }
    } finally { // What was said before a line that cannot be read is answered, too.
      while (this.#unanswered.lines > 0) await this.#answered.promise;
    }
    if (this.#broken) throw this.#broken.error;
  }

  #isFull(): boolean {
    const { lines, chars } = this.#unanswered;
    return lines >= MAX_UNANSWERED.lines || chars >= MAX_UNANSWERED.chars;
  }

  async #say(number: number, text: string): Promise<void> {
    this.#unanswered.lines++;
    this.#unanswered.chars += text.length;
    try {
      const seq = await this.#options.say(text);
      this.#accepted++;
      await this.#options.accepted?.(seq);
    } catch (error) {
      if (error instanceof ChatError) this.#refuse(number, error);
      else this.#broken = { error };
    }
    this.#unanswered.lines--;
    this.#unanswered.chars -= text.length;
    this.#answered.resolve();
    this.#answered = Promise.withResolvers();
  }

  #refuse(number: number, error: ChatError): void {
    const { report, call = (number) => `Line ${number}` } = this.#options;
    if (isGone(error)) this.#failed++;
    else this.#rejected++;
    report(`${call(number)} was not sent: ${visible(error.message)}`);
  }
}

/** Whether an error says that the server is gone, or silent for so long that it may as well be. */
export function isGone(error: unknown): boolean {
  return error instanceof ChatError && (error.code === "unavailable" || error.code === "timeout");
}
