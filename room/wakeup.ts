/**
 * Wakes a single waiter. A notification with no waiter is kept for the next wait, and several count
 * as one: the waiter checks its state, so the number does not matter.
 */
export class Wakeup {
  #notified = false;
  #wake: (() => void) | undefined;

  /** Wakes the waiter, or the next one. */
  readonly notify = (): void => {
    const wake = this.#wake;
    this.#wake = undefined;
    if (wake) wake();
    else this.#notified = true;
  };

  /**
   * Waits for a notification. Returns at once if there was one since the last wait.
   *
   * @throws the reason of `signal`, once it is aborted.
   */
  async wait(signal: AbortSignal): Promise<void> {
    if (!this.#notified && !signal.aborted) {
      signal.addEventListener("abort", this.notify, { once: true });
      await this.waitForNotice();
      signal.removeEventListener("abort", this.notify);
    }
    signal.throwIfAborted();
    this.#notified = false;
  }

  /**
   * Like {@linkcode wait}, for a waiter that is also notified when it is to end: it needs no listener
   * on a signal, which takes more memory than the wait.
   */
  waitForNotice(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#notified) return void (this.#wake = resolve);
      this.#notified = false;
      resolve();
    });
  }
}

/** The wakeups of all readers of the same source. */
export class Wakeups {
  readonly #all = new Set<Wakeup>();

  /** Adds a wakeup, and removes it when the result is disposed. */
  add(wakeup: Wakeup): Disposable {
    this.#all.add(wakeup);
    return { [Symbol.dispose]: () => void this.#all.delete(wakeup) };
  }

  /** Notifies all of them. */
  notify(): void {
    for (const wakeup of this.#all) wakeup.notify();
  }
}
