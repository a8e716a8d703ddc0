import { ChatError } from "../../room/errors.ts";

/** How long to wait for a peer. */
export interface DeadlineOptions {
  /** What ends the wait besides. */
  readonly signal: AbortSignal;
  /** For how long, in milliseconds. */
  readonly ms: number;
  /** What it is that did not come, for the peer to read: `No join`. */
  readonly words: string;
}

/** A wait that has an end, and may begin again. */
export class Deadline implements Disposable {
  readonly #options: DeadlineOptions;
  readonly #expired = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Begins to wait. */
  constructor(options: DeadlineOptions) {
    this.#options = options;
    const { signal } = options;
    const end = () => this.#expired.abort(signal.reason);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
    this.reset();
  }

  /** Aborted when it is over: with a `ChatError` `timeout`, or the reason of what ends it besides. */
  get signal(): AbortSignal {
    return this.#expired.signal;
  }

  /** Begins again: what was waited for has come, and there will be more. */
  reset(): void {
    clearTimeout(this.#timer);
    const { ms, words } = this.#options;
    const late = new ChatError("timeout", `${words} within ${ms / 1_000} s`);
    this.#timer = setTimeout(() => this.#expired.abort(late), ms);
  }

  /** Waits no more: all that was waited for has come. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
