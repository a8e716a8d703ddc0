import { Wakeup, Wakeups } from "../../../room/wakeup.ts";
import { sleep } from "../../sleep.ts";
import { type Engine, UnknownOutcome } from "../engine.ts";
import { isServing } from "../watch_engine.ts";
import type { PresenceEvent } from "./presence_event.ts";

/** The longest pause before an append is repeated, in milliseconds. */
const LONGEST_MS = 2_000;

/** The dependencies of the store. */
export interface EventStoreOptions {
  readonly engine: Pick<Engine, "isConnected" | "silentMs" | "onConnection">;
  readonly append: (event: PresenceEvent) => Promise<void>;
  /** The first pause before a failed append is repeated, in milliseconds. It doubles each time. */
  readonly retryMs: number;
  /** Called when an event cannot be stored, once until one can be. */
  readonly onError: (error: unknown) => void;
  /** Aborted when nothing more is stored. */
  readonly signal: AbortSignal;
}

/** Stores events of presence, again and again until that succeeds. */
export class EventStore {
  readonly #options: EventStoreOptions;
  readonly #connections = new Wakeups();
  /** Whether the last append has failed. */
  #hasFailed = false;

  constructor(options: EventStoreOptions) {
    this.#options = options;
    const listening = options.engine.onConnection(() => this.#connections.notify());
    options.signal.addEventListener("abort", () => listening[Symbol.dispose](), { once: true });
  }

  /** Whether events cannot be stored now, as far as is known. */
  get isFailing(): boolean {
    return this.#hasFailed || !isServing(this.#options.engine);
  }

  /**
   * Stores an event, as long as it `isDue`, which is called before each attempt with the error of the
   * last one. It may be stored twice, which is no different from once.
   */
  async store(event: PresenceEvent, isDue = (_error?: unknown) => true): Promise<void> {
    const { retryMs, signal } = this.#options;
    let error: unknown;
    for (let pauseMs = retryMs;; pauseMs = Math.min(2 * pauseMs, LONGEST_MS)) {
      await this.#untilConnected().catch(() => {}); // Aborted: the server stops.
      if (signal.aborted || !isDue(error)) return;
      error = await this.#append(event);
      if (!error) return;
      await sleep(pauseMs, signal).catch(() => {});
    }
  }

  async #untilConnected(): Promise<void> {
    const { engine, signal } = this.#options;
    if (engine.isConnected) return;
    const wakeup = new Wakeup();
    using _changes = this.#connections.add(wakeup);
    while (!engine.isConnected) await wakeup.wait(signal);
  }

  /** Tries to store an event, and returns the error if that fails. */
  async #append(event: PresenceEvent): Promise<unknown> {
    try {
      await this.#options.append(event);
      this.#hasFailed = false;
      return undefined;
    } catch (error) {
      if (!(error instanceof UnknownOutcome) && !this.#hasFailed) this.#options.onError(error);
      this.#hasFailed = true;
      return error;
    }
  }
}
