import { ChatError } from "../../../room/errors.ts";

/** The longest time for a change of the shared state, in milliseconds. */
const DEADLINE_MS = 10_000;

/** Aborts `signal` after a time, unless it is disposed before. */
export class Deadline implements Disposable {
  readonly signal: AbortSignal;
  readonly #timer: ReturnType<typeof setTimeout>;

  /** Starts with `ms` milliseconds, 10 seconds by default. */
  constructor(ms = DEADLINE_MS) {
    const controller = new AbortController();
    this.signal = controller.signal;
    const words = `The servers' engine did not answer within ${ms / 1_000} s: try again`;
    this.#timer = setTimeout(() => controller.abort(new ChatError("unavailable", words)), ms);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
