import { ChatError, errorMessage } from "../../room/errors.ts";
import { sleep } from "../sleep.ts";
import type { ConnectOptions } from "./connect_options.ts";

/** The wait before a step is repeated, in milliseconds. */
const RETRY_MS = 100;

/** The time after which the reason for a wait is reported, in milliseconds. */
const REPORT_MS = 1_000;

/**
 * How many times as long the start waits for an engine that is there and elects a leader. That takes
 * 4 to 9 s, more than once if nodes start one after another.
 */
const ELECTION_FACTOR = 3;

/** An engine was reached, and has no leader now. */
export class NoLeader extends ChatError {
  constructor(message: string, options?: ErrorOptions) {
    super("unavailable", message, options);
  }
}

/** Repeats the steps of a start for a limited time: an engine that starts up needs some seconds. */
export class Attempts {
  readonly #now: () => number;
  readonly #start: number;
  readonly #startMs: number;
  #onWait: ConnectOptions["onWait"];
  /** Aborted when a step has failed for good: those at the same time are not repeated. */
  readonly #over = new AbortController();

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
   * `unavailable`, and later if it is a {@linkcode NoLeader}; the error of a step that was repeated at the same time, and has failed for good.
   */
  async repeat<T>(step: () => Promise<T>, inWords = (error: unknown) => error): Promise<T> {
    while (true) {
      try {
        return await step();
      } catch (error) {
        this.#checkTime(inWords(error));
      }
      await sleep(RETRY_MS, this.#over.signal);
    }
  }

  #checkTime(error: unknown): void {
    const waitedMs = this.#now() - this.#start;
    const isFinal = error instanceof ChatError && error.code !== "unavailable";
    const mostMs = this.#startMs * (error instanceof NoLeader ? ELECTION_FACTOR : 1);
    if (isFinal || waitedMs > mostMs) {
      this.#over.abort(error);
      throw error;
    }
    if (waitedMs < REPORT_MS) return;
    this.#onWait?.(errorMessage(error));
    this.#onWait = undefined;
  }
}
