import { ChatError, errorMessage } from "../../room/errors.ts";
import { sleep } from "../sleep.ts";
import type { ConnectOptions } from "./connect_options.ts";

/** The wait before a step is repeated, in milliseconds. */
const RETRY_MS = 100;

/** The time after which the reason for a wait is reported, in milliseconds. */
const REPORT_MS = 1_000;

/** Repeats the steps of a start for a limited time: an engine that starts up needs some seconds. */
export class Attempts {
  readonly #now: () => number;
  readonly #start: number;
  readonly #startMs: number;
  #onWait: ConnectOptions["onWait"];

  /**
   * The time begins now.
   *
   * @param now The time in milliseconds, from a monotonic clock.
   */
  constructor(
    { startMs = 10_000, onWait }: Pick<ConnectOptions, "startMs" | "onWait">,
    now = () => performance.now(),
  ) {
    this.#now = now;
    this.#start = now();
    this.#startMs = startMs;
    this.#onWait = onWait;
  }

  /**
   * Repeats a step until it succeeds, or until its error is not one that time may mend.
   *
   * @param inWords Explains an error.
   * @throws what `inWords` returns: at once, if it is a {@linkcode ChatError} of another code than
   * `unavailable`.
   */
  async repeat<T>(step: () => Promise<T>, inWords = (error: unknown) => error): Promise<T> {
    while (true) {
      try {
        return await step();
      } catch (error) {
        this.#checkTime(inWords(error));
      }
      await sleep(RETRY_MS, new AbortController().signal);
    }
  }

  #checkTime(error: unknown): void {
    const waitedMs = this.#now() - this.#start;
    const isFinal = error instanceof ChatError && error.code !== "unavailable";
    if (isFinal || waitedMs > this.#startMs) throw error;
    if (waitedMs < REPORT_MS) return;
    this.#onWait?.(errorMessage(error));
    this.#onWait = undefined;
  }
}
