import { ChatError } from "../../room/errors.ts";

/** Options of {@linkcode Timeout}. */
export interface TimeoutOptions {
  /** Also ends the wait. */
  readonly signal: AbortSignal;
  /** The longest wait, in milliseconds. */
  readonly ms: number;
  /** The start of the error's text: `No join`. */
  readonly words: string;
}

/** A timeout that can be restarted. */
export class Timeout implements Disposable {
  readonly #options: TimeoutOptions;
  readonly #expired = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Starts the timeout. */
  constructor(options: TimeoutOptions) {
    this.#options = options;
    const { signal } = options;
    const end = () => this.#expired.abort(signal.reason);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
    this.reset();
  }

  /** Aborted with a `ChatError` `timeout`, or with the reason of the given signal. */
  get signal(): AbortSignal {
    return this.#expired.signal;
  }

  /** Restarts the timeout: a message arrived, and more will follow. */
  reset(): void {
    clearTimeout(this.#timer);
    const { ms, words } = this.#options;
    this.#timer = setTimeout(() => this.#expired.abort(timeoutError(words, ms)), ms);
  }

  /** Ends the wait: everything has arrived. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

/** Returns the error for a wait of `ms` milliseconds that is over: `No join within 10 s`. */
export function timeoutError(words: string, ms: number): ChatError {
  return new ChatError("timeout", `${words} within ${ms / 1_000} s`);
}
