import { ChatError } from "../errors.ts";
import type { OwnedNames, OwnedNameState } from "./owned_names.ts";

/** The interval for storing the last visit of an owner who is online, in milliseconds. */
const SEEN_MS = 3_600_000;

/** The most names that one sweep stores: no tick should take long. */
const MAX_SWEPT = 1_000;

/** The dependencies of sweeps. */
export interface NameSweepsOptions {
  readonly owned: OwnedNames;
  /** The time, in milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** The time after which the unused name of an absent owner is released, in milliseconds. */
  readonly awayMs: number;
  /**
   * Whether one change is stored after the other, so that claims are stored in between. Otherwise
   * all of a sweep are stored at once.
   */
  readonly isOneByOne: boolean;
  /** Whether the owner of a name uses it now. */
  readonly isPresent: (entry: OwnedNameState) => boolean;
  /** Stores what has changed of a name. */
  readonly save: (entry: OwnedNameState) => Promise<void>;
  /** Releases a name. */
  readonly release: (entry: OwnedNameState) => Promise<void>;
  /** Called when a change could not be stored. */
  readonly onError: (error: unknown) => void;
}

/**
 * Releases unused names whose owners have been away for long, and stores when the other owners were
 * last seen.
 */
export class NameSweeps {
  readonly #options: NameSweepsOptions;
  /** Settles when the last sweep has. */
  #sweeping: Promise<void> = Promise.resolve();
  /** The sweep that waits for that one. */
  #next: Promise<void> | undefined;

  constructor(options: NameSweepsOptions) {
    this.#options = options;
  }

  /** Sweeps, after a sweep that is going on. */
  run(): Promise<void> {
    return this.#next ??= this.#sweeping.then(() => {
      this.#next = undefined;
      return this.#sweeping = this.#sweep();
    });
  }

  async #sweep(): Promise<void> {
    const due = this.#due();
    const step = this.#options.isOneByOne ? 1 : due.length;
    // Without an answer each of them would take as long as the first.
    for (let i = 0, isAnswered = true; i < due.length && isAnswered; i += step) {
      const stored = await Promise.allSettled(due.slice(i, i + step).map((store) => store()));
      for (const each of stored) {
        if (each.status === "fulfilled") continue;
        this.#options.onError(each.reason);
        isAnswered &&= !(each.reason instanceof ChatError && each.reason.code === "unavailable");
      }
    }
  }

  /** Returns what is to be stored: at most {@linkcode MAX_SWEPT} visits and releases. */
  #due(): (() => Promise<void>)[] {
    const { owned: { seen, silent }, release } = this.#options;
    const visits = seen.values().filter((entry) => this.#isVisitDue(entry)).take(MAX_SWEPT)
      .map((entry) => () => this.#saveVisit(entry)).toArray();
    const releases = silent.values().filter((entry) => this.#isAway(entry))
      .take(MAX_SWEPT - visits.length)
      .map((entry) => async () => {
        if (silent.has(entry) && this.#isAway(entry)) await release(entry); // Still.
      });
    return [...visits, ...releases];
  }

  #isVisitDue({ users, seenStored }: OwnedNameState): boolean {
    return users.size === 0 || this.#options.now() - seenStored >= SEEN_MS;
  }

  async #saveVisit(entry: OwnedNameState): Promise<void> {
    const { owned, now, save } = this.#options;
    const { seenStored } = entry;
    if (entry.users.size > 0) entry.seen = now();
    else owned.seen.delete(entry);
    entry.seenStored = entry.seen;
    try {
      await save(entry);
    } catch (error) {
      entry.seenStored = seenStored;
      if (owned.has(entry)) owned.seen.add(entry); // The next sweep tries again.
      throw error;
    }
  }

  /** Whether the owner of an unused name has been away for long. */
  #isAway(entry: OwnedNameState): boolean {
    const { now, awayMs, isPresent } = this.#options;
    return now() - entry.seen >= awayMs && !isPresent(entry);
  }
}
