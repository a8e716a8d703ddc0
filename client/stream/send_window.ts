import { ChatError } from "../../room/errors.ts";
import { escapeText } from "../../text/escape.ts";
import type { InputLine } from "./lines.ts";

/** The options of a {@linkcode SendWindow}. */
export interface SendWindowOptions {
  /**
   * Says a text, in the order of the calls, at the pace of the server. Resolves with its position
   * when it is accepted.
   */
  readonly say: (text: string) => Promise<number | undefined>;
  /** Called for each accepted line, in order. Its place in the window is free when it resolves. */
  readonly accepted?: (seq: number | undefined) => Promise<void>;
  /** Reports which line was not sent, and why. */
  readonly report: (line: string) => void;
  /** Names a line in reports. Default `Line 1`, `Line 2`, … */
  readonly call?: (number: number) => string;
  /** The timeout for the next accepted line. Default: none. */
  readonly deadline?: Deadline;
}

/** The timeout for the next acceptance. */
export interface Deadline {
  /** The time, in milliseconds. */
  readonly ms: number;
  /** Called when that time has passed. */
  readonly passed: () => void;
}

/**
 * The result of sending: the server accepted everything (`done`), it refused some lines
 * (`rejected`), or it was gone before it had answered (`failed`).
 */
export type SendOutcome = "done" | "rejected" | "failed";

/** A line to say. */
interface PendingLine {
  readonly number: number;
  readonly text: string;
}

/**
 * The most lines and characters that may be unanswered: enough to keep the connection busy during a
 * round trip.
 */
const MAX_UNANSWERED = { lines: 500, chars: 8 * 1024 * 1024 };

/**
 * Says lines in order, in a sliding window: ahead of the answers, so that round trips do not slow it
 * down, and with bounded memory.
 */
export class SendWindow {
  readonly #options: SendWindowOptions;
  #given = 0;
  /** The number of lines in the window, and their total length. */
  readonly #unanswered = { lines: 0, chars: 0 };
  #accepted = 0;
  #rejected = 0;
  #failed = 0;
  /**
   * Runs while the server owes an answer. A rate limit is not an answer and does not restart it.
   */
  #deadline: ReturnType<typeof setTimeout> | undefined;
  /** An error that is not an answer of the server. */
  #broken: { readonly error: unknown } | undefined;
  /** Resolves at the next answer. */
  #answered = Promise.withResolvers<void>();

  /** Makes an empty window. */
  constructor(options: SendWindowOptions) {
    this.#options = options;
  }

  /** The number of lines so far, without blank ones. */
  get given(): number {
    return this.#given;
  }

  /** The number of accepted lines. */
  get accepted(): number {
    return this.#accepted;
  }

  /** The number of lines that are neither accepted nor refused. */
  get waiting(): number {
    return this.#given - this.#accepted - this.#rejected;
  }

  /** The result so far. */
  get outcome(): SendOutcome {
    return this.#failed > 0 ? "failed" : this.#rejected > 0 ? "rejected" : "done";
  }

  /**
   * Says each line that is not blank, and resolves once all are answered. Stops reading when the
   * server is gone.
   *
   * @throws {Error} if reading the lines does, or if `say` or `accepted` throws anything but a
   * {@linkcode ChatError}.
   */
  async sayAll(lines: AsyncIterable<InputLine>): Promise<void> {
    try {
      for await (const line of lines) {
        if ("text" in line && line.text.trim() === "") continue;
        this.#given++;
        if ("refusal" in line) this.#refuse(line.number, line.refusal);
        else this.#add(line);
        while (this.#isFull()) await this.#answered.promise;
        if (this.#failed > 0 || this.#broken) break;
      }
    } finally { // Lines before one that cannot be read are answered, too.
      while (this.#unanswered.lines > 0) await this.#answered.promise;
    }
    if (this.#broken) throw this.#broken.error;
  }

  #isFull(): boolean {
    const { lines, chars } = this.#unanswered;
    return lines >= MAX_UNANSWERED.lines || chars >= MAX_UNANSWERED.chars;
  }

  #add(line: PendingLine): void {
    this.#unanswered.lines++;
    this.#unanswered.chars += line.text.length;
    if (this.#owed === 1) this.#resetDeadline();
    void this.#say(line);
  }

  /** The number of lines that the server must still answer. */
  get #owed(): number {
    return this.waiting - this.#failed;
  }

  #resetDeadline(): void {
    const { deadline } = this.#options;
    clearTimeout(this.#deadline);
    if (!deadline || this.#owed === 0 || this.#broken) return;
    this.#deadline = setTimeout(deadline.passed, deadline.ms);
  }

  async #say(line: PendingLine): Promise<void> {
    try {
      const seq = await this.#options.say(line.text);
      this.#accepted++;
      this.#resetDeadline();
      await this.#options.accepted?.(seq);
    } catch (error) {
      if (error instanceof ChatError) this.#refuse(line.number, error);
      else this.#broken = { error };
      this.#resetDeadline();
    }
    this.#settle(line);
  }

  /** Removes a line, which has been answered one way or the other. */
  #settle({ text }: PendingLine): void {
    this.#unanswered.lines--;
    this.#unanswered.chars -= text.length;
    this.#answered.resolve();
    this.#answered = Promise.withResolvers();
  }

  #refuse(number: number, error: ChatError): void {
    const { report, call = (number) => `Line ${number}` } = this.#options;
    if (isGone(error)) this.#failed++;
    else this.#rejected++;
    report(`error: ${call(number)} was not sent: ${escapeText(error.message)}`);
  }
}

/** Returns whether an error says that the server is gone, or has been silent for too long. */
export function isGone(error: unknown): boolean {
  return error instanceof ChatError && (error.code === "unavailable" || error.code === "timeout");
}
