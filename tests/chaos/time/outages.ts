/** How long nobody got an acknowledgement during the faults of one kind. */
export interface OutageFigures {
  readonly kind: string;
  /** The number of faults. */
  readonly faults: number;
  /** The median of their longest times without an acknowledgement, in milliseconds. */
  readonly medianMs: number;
  /** The greatest of these times, in milliseconds. */
  readonly maxMs: number;
}

/** Measures the longest time without an acknowledgement from each fault until the next one. */
export class Outages {
  readonly #now: () => number;
  readonly #longest = new Map<string, number[]>();
  #kind: string | undefined;
  #latest = 0;
  #longestNow = 0;

  /** @param now Milliseconds since any moment. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Records an acknowledgement. */
  acknowledged(): void {
    const now = this.#now();
    this.#longestNow = Math.max(this.#longestNow, now - this.#latest);
    this.#latest = now;
  }

  /** Begins a fault, which ends the one before. */
  begin(kind: string): void {
    this.end();
    this.#kind = kind;
  }

  /** Ends the last fault. */
  end(): void {
    if (this.#kind !== undefined) {
      this.acknowledged();
      const times = this.#longest.get(this.#kind) ?? [];
      this.#longest.set(this.#kind, [...times, this.#longestNow]);
    }
    this.#kind = undefined;
    this.#latest = this.#now();
    this.#longestNow = 0;
  }

  /** The figures of each kind, in the order in which they came first. */
  figures(): OutageFigures[] {
    return Array.from(this.#longest, ([kind, times]) => {
      const sorted = times.toSorted((a, b) => a - b);
      return {
        kind,
        faults: times.length,
        medianMs: Math.round(sorted[Math.floor((sorted.length - 1) / 2)]!),
        maxMs: Math.round(sorted.at(-1)!),
      };
    });
  }
}
