import { ChatError } from "../../room/errors.ts";
import { escapeText } from "../../text/escape.ts";
import { sleep } from "../net/backoff.ts";
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
  /** How long to wait for the next line that is accepted. Default: for ever. */
  readonly deadline?: Deadline;
  /** Aborted when the chat is left: there is nothing to wait for then. */
  readonly left: AbortSignal;
}

/** How long something may take, and what happens then. */
export interface Deadline {
  /** How long, in milliseconds. */
  readonly ms: number;
  /** Called when that time has passed. */
  readonly passed: () => void;
}

/**
 * How what was said has fared: all was accepted (`done`), the server did not take some of it
 * (`rejected`), or it was gone before it had answered (`failed`).
 */
export type SendOutcome = "done" | "rejected" | "failed";

/** A line to say. */
interface PendingLine {
  readonly number: number;
  readonly text: string;
}

/** How much may wait for its answers: enough to fill the way there and back. */
const MAX_UNANSWERED = { lines: 500, chars: 8 * 1024 * 1024 };

/**
 * Says lines in order, so many ahead of the answers that the way does not slow them down, and
 * no more. Lines that come too soon for the server are said again when it is time, in the same
 * order: it refuses those behind such a line as well, until it sees that we know.
 */
export class SendWindow {
  readonly #options: SendWindowOptions;
  #given = 0;
  /** How many lines wait for their answers, or to be said, and how long they are together. */
  readonly #unanswered = { lines: 0, chars: 0 };
  /** Those that have not been said, or came too soon, in order. */
  #waiting: PendingLine[] = [];
  /** Those that came too soon, while others are still under way. */
  #tooSoon: PendingLine[] = [];
  /** How many have been said and not been answered, and how many that may be. */
  #inFlight = 0;
  #size = MAX_UNANSWERED.lines;
  /** How long to rest before more is said, in milliseconds. */
  #restMs = 0;
  #accepted = 0;
  #rejected = 0;
  #failed = 0;
  /** Runs while the server owes an answer; what comes too soon is none, and does not renew it. */
  #deadline: ReturnType<typeof setTimeout> | undefined;
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
        else this.#add(line);
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

  #add(line: PendingLine): void {
    this.#unanswered.lines++;
    this.#unanswered.chars += line.text.length;
    this.#waiting.push(line);
    if (this.#owed === 1) this.#resetDeadline();
    this.#sayNext();
  }

  /** How many lines the server has not answered for. */
  get #owed(): number {
    return this.waiting - this.#failed;
  }

  #resetDeadline(): void {
    const { deadline } = this.#options;
    clearTimeout(this.#deadline);
    if (!deadline || this.#owed === 0 || this.#broken) return;
    this.#deadline = setTimeout(deadline.passed, deadline.ms);
  }

  /** Says what waits, as far as the pace allows; nothing while something is to be said again. */
  #sayNext(): void {
    while (this.#restMs === 0 && this.#waiting.length > 0 && this.#inFlight < this.#size) {
      void this.#say(this.#waiting.shift()!);
    }
  }

  async #say(line: PendingLine): Promise<void> {
    this.#inFlight++;
    let again = false;
    try {
      const seq = await this.#options.say(line.text);
      this.#accepted++;
      this.#resetDeadline();
      this.#size = Math.min(this.#size + 1, MAX_UNANSWERED.lines);
      await this.#options.accepted?.(seq);
    } catch (error) {
      if (error instanceof ChatError && error.retryMs !== undefined) {
        again = true;
        this.#tooSoon.push(line);
        this.#restMs = Math.max(this.#restMs, error.retryMs);
      } else {
        if (error instanceof ChatError) this.#refuse(line.number, error);
        else this.#broken = { error };
        this.#resetDeadline();
      }
    }
    this.#inFlight--;
    if (!again) this.#settle(line);
    if (this.#tooSoon.length > 0 && this.#inFlight === 0) void this.#rest();
    else this.#sayNext();
  }

  /** A line is done with, one way or the other. */
  #settle({ text }: PendingLine): void {
    this.#unanswered.lines--;
    this.#unanswered.chars -= text.length;
    this.#answered.resolve();
    this.#answered = Promise.withResolvers();
  }

  /** Waits until it is time, and goes on with what came too soon, one by one at first. */
  async #rest(): Promise<void> {
    await sleep(this.#restMs, this.#options.left);
    this.#waiting = [...this.#tooSoon, ...this.#waiting];
    this.#tooSoon = [];
    this.#restMs = 0;
    this.#size = 1;
    this.#sayNext();
  }

  #refuse(number: number, error: ChatError): void {
    const { report, call = (number) => `Line ${number}` } = this.#options;
    if (isGone(error)) this.#failed++;
    else this.#rejected++;
    report(`${call(number)} was not sent: ${escapeText(error.message)}`);
  }
}

/** Whether an error says that the server is gone, or silent for so long that it may as well be. */
export function isGone(error: unknown): boolean {
  return error instanceof ChatError && (error.code === "unavailable" || error.code === "timeout");
}
