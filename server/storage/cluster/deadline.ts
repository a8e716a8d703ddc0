import { ChatError } from "../../../room/errors.ts";

/** Aborts `signal` after a time, unless it is disposed before. */
export class Deadline implements Disposable {
  readonly signal: AbortSignal;
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(ms: number) {
    const controller = new AbortController();
    this.signal = controller.signal;
    const words = `The servers' engine did not answer within ${ms / 1_000} s: try again`;
    this.#timer = setTimeout(() => controller.abort(new ChatError("unavailable", words)), ms);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
