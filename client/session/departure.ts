import { ChatError } from "../../room/errors.ts";
import type { LeaveOptions } from "../chat.ts";
import { sleep } from "../net/backoff.ts";

/** The longest wait for answers by default, in milliseconds. */
const LEAVE_TIMEOUT_MS = 10_000;

/** The departure from a chat, which happens once. */
export class Departure {
  readonly #answered: () => Promise<void>;
  readonly #left = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  #leaving: Promise<void> | undefined;

  /** Prepares it. `answered` resolves once the server has answered everything said. */
  constructor(answered: () => Promise<void>) {
    this.#answered = answered;
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
    const answered = new AbortController();
    await Promise.race([this.#answered(), sleep(timeoutMs, answered.signal)]);
    answered.abort();
    this.#left.abort();
    await this.#ended.promise;
  }

  /** Records that the chat has ended, for whatever reason. */
  end(): void {
    this.#ended.resolve();
  }
}
