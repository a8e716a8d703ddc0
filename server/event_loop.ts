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

/** The time after which half of the turns of a network are forgotten, in milliseconds. */
const HALF_LIFE_MS = 10_000;

/**
 * The turns of all searches: one slice of time, then a break for one timer tick. The network that
 * has had the fewest turns of late is next, since keys and sessions cost nothing. However many
 * searches come from one of them, those of the others are no slower than one more would make them,
 * and whoever searches now and then hardly waits for those who never stop.
 */
export class SearchSchedule {
  readonly #now: () => number;
  /** The searches that wait, by network: those that have waited longest first. */
  readonly #waiting = new Map<string, (() => void)[]>();
  /** The turns that networks have had of late: they are halved again and again. */
  readonly #turns = new Map<string, number>();
  #halvedAt: number;
  #sliceEnd = 0;

  /** Starts without searches; `now` returns the time in milliseconds, from a monotonic clock. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#halvedAt = now();
  }

  /** Waits for a turn of a search from a network. */
  next(network: string): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.size === 0) this.#serveNext();
      this.#waiting.getOrInsertComputed(network, () => []).push(resolve);
    });
  }

  /** Whether the present turn is over. */
  get isOver(): boolean {
    return this.#now() >= this.#sliceEnd;
  }

  #serveNext(): void {
    // Not setImmediate(): as long as there is another one each time, Deno handles no input.
    setTimeout(() => {
      this.#halveTurns();
      const [network, searches] = this.#next();
      this.#waiting.delete(network);
      this.#turns.set(network, this.#turnsOf(network) + 1);
      const begin = searches.shift()!;
      if (searches.length > 0) this.#waiting.set(network, searches);
      if (this.#waiting.size > 0) this.#serveNext();
      this.#sliceEnd = this.#now() + SEARCHING_SLICE_MS;
      begin();
    }, 0);
  }

  /** Returns the network that is next, and its searches. There must be one. */
  #next(): [network: string, searches: (() => void)[]] {
    return [...this.#waiting].reduce((first, other) =>
      this.#turnsOf(other[0]) < this.#turnsOf(first[0]) ? other : first
    );
  }

  #turnsOf(network: string): number {
    return this.#turns.get(network) ?? 0;
  }

  /** Halves all turns for each half-life that has passed. */
  #halveTurns(): void {
    const halvings = Math.floor((this.#now() - this.#halvedAt) / HALF_LIFE_MS);
    if (halvings === 0) return;
    this.#halvedAt += halvings * HALF_LIFE_MS;
    for (const [network, turns] of this.#turns) {
      const left = turns / 2 ** halvings;
      if (left < 1) this.#turns.delete(network);
      else this.#turns.set(network, left);
    }
  }
}
