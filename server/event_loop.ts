/** Waits until the event loop has handled the pending events. */
export function nextTick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Returns a function that runs tasks once the pending events have been handled. All tasks of one
 * tick run together, so that their appends can share a transaction.
 */
export function batchPerTick(): (task: () => void) => void {
  let due: (() => void)[] = [];
  return (task) => {
    if (due.push(task) > 1) return;
    setImmediate(() => {
      const tasks = due;
      due = [];
      for (const task of tasks) task();
    });
  };
}

/** The time for reading old notes before the event loop gets a break, in milliseconds. */
const READING_SLICE_MS = 2;

/**
 * Returns a function that readers of old notes await between reads. Readers take turns, and after
 * each slice of time they pause for one timer tick, so that live traffic is served.
 */
export function yieldToEventLoop(): () => Promise<void> {
  let last = Promise.resolve();
  let sliceEnd = 0;
  const turn = () =>
    new Promise<void>((resolve) => {
      if (performance.now() < sliceEnd) {
        setImmediate(resolve);
      } else {
        setTimeout(() => {
          sliceEnd = performance.now() + READING_SLICE_MS;
          resolve();
        }, 0);
      }
    });
  return () => last = last.then(turn);
}

/**
 * The time for searches before the event loop gets a break, in milliseconds: longer than for readers,
 * since a search ends soon, and each break takes a millisecond or more.
 */
const SEARCHING_SLICE_MS = 8;

/**
 * The turns of all searches: one slice of time, then a break for one timer tick. The networks take
 * turns, since keys and sessions cost nothing: however many searches come from one of them, those
 * of the others are no slower than one more would make them.
 */
export class SearchSchedule {
  /** The searches that wait, by network: the next one first. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #sliceEnd = 0;

  /** Waits for a turn of a search from a network. */
  next(network: string): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.size === 0) this.#serveNext();
      this.#waiting.getOrInsertComputed(network, () => []).push(resolve);
    });
  }

  /** Whether the present turn is over. */
  get isOver(): boolean {
    return performance.now() >= this.#sliceEnd;
  }

  #serveNext(): void {
    // Not setImmediate(): as long as there is another one each time, Deno handles no input.
    setTimeout(() => {
      const [network, searches] = this.#waiting.entries().next().value!;
      this.#waiting.delete(network);
      const begin = searches.shift()!;
      if (searches.length > 0) this.#waiting.set(network, searches);
      if (this.#waiting.size > 0) this.#serveNext();
      this.#sliceEnd = performance.now() + SEARCHING_SLICE_MS;
      begin();
    }, 0);
  }
}
