import { ChatError } from "../../room/errors.ts";
import type { LeaveOptions } from "../chat.ts";
import { sleep } from "../net/backoff.ts";

/** The longest wait for answers by default, in milliseconds. */
const LEAVE_TIMEOUT_MS = 10_000;

/** The options of a {@linkcode Departure}. */
export interface DepartureOptions {
  /** Ends the events: nobody reads them any more. */
  readonly stopReading: () => void;
  /** Resolves once the server has answered everything said. */
  readonly answered: () => Promise<void>;
  /** Called once the chat has ended, with the error if it has ended with one. */
  readonly onEnd?: (error: unknown) => void;
}

/** The departure from a chat, which happens once. */
export class Departure {
  readonly #options: DepartureOptions;
  readonly #left = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  #leaving: Promise<void> | undefined;

  /** Prepares it. */
  constructor(options: DepartureOptions) {
    this.#options = options;
  }

  /** Aborted when the chat is to disconnect. */
  get signal(): AbortSignal {
    return this.#left.signal;
  }

  /** The error of a text that comes after the departure has begun; undefined before. */
  get refusal(): ChatError | undefined {
    return this.#leaving && new ChatError("unavailable", "The chat has been left");
  }

  /** Leaves, as {@linkcode Chat.leave} does. All calls are one departure. */
  leave({ timeoutMs = LEAVE_TIMEOUT_MS }: LeaveOptions = {}): Promise<void> {
    return this.#leaving ??= this.#leave(timeoutMs);
  }

  async #leave(timeoutMs: number): Promise<void> {
    this.#options.stopReading();
    const answered = new AbortController();
    await Promise.race([this.#options.answered(), sleep(timeoutMs, answered.signal)]);
    answered.abort();
    this.#left.abort();
    await this.#ended.promise;
  }

  /** Records that the chat has ended, with or without an error. */
  end(error?: unknown): void {
    this.#options.onEnd?.(error);
    this.#ended.resolve();
  }
}
