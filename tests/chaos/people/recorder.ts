import type { Happening, Opened } from "../check/history.ts";

/** Options of {@linkcode Recorder}. */
export interface RecorderOptions {
  /** Called at each acknowledgement. */
  readonly onAccepted?: () => void;
  /** The longest wait for an event, in milliseconds. Default: none. */
  readonly patienceMs?: number | undefined;
}

/** Writes down what happens, in the order in which it is seen, and waits for it. */
export class Recorder {
  /** Everything so far. */
  readonly history: Happening[] = [];
  /** The number of acknowledged posts. */
  accepted = 0;
  /** The number of refused posts. */
  refused = 0;
  /** The number of times that somebody lost their connection. */
  lostConnections = 0;
  /** The number of posts that were unanswered at these moments. */
  lostAnswers = 0;
  /** True once nobody posts any more. */
  isResting = false;
  readonly #options: RecorderOptions;
  readonly #failure = Promise.withResolvers<never>();
  #waiting: (() => void)[] = [];
  readonly #acceptedIn = new Map<string, number>();
  #readers = 0;
  #texts = 0;

  /** Begins an empty history. */
  constructor(options: RecorderOptions = {}) {
    this.#options = options;
    this.#failure.promise.catch(() => {}); // The waiting callers get the error.
  }

  /** The number of acknowledged posts in a room. */
  acceptedIn(room: string): number {
    return this.#acceptedIn.get(room) ?? 0;
  }

  /** Adds an event. */
  add(event: Happening): void {
    this.history.push(event);
    if (event.type === "accepted") {
      this.accepted++;
      this.#acceptedIn.set(event.room, this.acceptedIn(event.room) + 1);
      this.#options.onAccepted?.();
    } else if (event.type === "refused") this.refused++;
  }

  /** Adds a reader, and returns its number. */
  open(reader: Omit<Opened, "type" | "reader">): string {
    const number = `${++this.#readers}`;
    this.add({ type: "opened", reader: number, ...reader });
    return number;
  }

  /** A number that no other text has. */
  number(): number {
    return ++this.#texts;
  }

  /** Makes every wait fail: it is pointless to go on. */
  readonly fail = (error: Error): void => this.#failure.reject(error);

  /** Checks all that is waited for. */
  wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const check of waiting) check();
  }

  /**
   * Waits until something is true that changes only with events. Returns whether it is: it is not,
   * if nothing made it true for as long as there is patience.
   */
  async until(is: () => boolean): Promise<boolean> {
    const { patienceMs } = this.#options;
    const came = Promise.withResolvers<boolean>();
    const check = () => is() ? came.resolve(true) : void this.#waiting.push(check);
    check();
    const timer = patienceMs === undefined
      ? undefined
      : setTimeout(() => came.resolve(false), patienceMs);
    try {
      return await Promise.race([came.promise, this.#failure.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for a promise, or for a failure, or the end of patience, which is one. */
  async orFail<T>(promise: Promise<T>, what: string): Promise<T> {
    let result: { readonly value: T } | undefined;
    const done = promise.then((value) => {
      result = { value };
      this.wake();
    });
    done.catch((error) => this.fail(error));
    if (await this.until(() => result !== undefined)) return result!.value;
    throw new Error(`nothing came of this: ${what}`);
  }
}
