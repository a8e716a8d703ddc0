import { Conflict, type Entry, type Journal, UnknownOutcome } from "../../cluster/engine.ts";
import { escapeText } from "../../../text/escape.ts";
import { sleep } from "../../sleep.ts";
import { Deadline } from "./deadline.ts";
import { type Change, decodeChange, encodeChange, type StoredChange } from "./state_entry.ts";

/** The value of a key. */
export interface StateValue {
  readonly value: unknown;
  /** The position of the entry that has it. */
  readonly seq: number;
}

/** A key whose value has changed. */
export interface StateChange {
  readonly key: string;
  /** Its value; undefined if it was deleted. */
  readonly value: unknown;
  /** The position of the change; 0 for a deletion that was found out late. */
  readonly seq: number;
  /** What the deletion says; undefined if there is a value, or nothing is known. */
  readonly deleted: unknown;
  /** The value before, as far as this server knew it. */
  readonly before: StateValue | undefined;
}

/** Options for opening a shared state. */
export interface SharedStateOptions {
  /** Called with entries that cannot be read, and when the regular check has failed. */
  readonly onError: (error: unknown) => void;
  /** The time, in milliseconds since the Unix epoch. Default: the system's. */
  readonly now?: (() => number) | undefined;
  /** The longest time for a change, in milliseconds. Default: 10,000. */
  readonly changeMs?: number | undefined;
}

interface Listener {
  readonly prefix: string;
  readonly onChange: (change: StateChange) => void;
}

/** The entries of one read. */
const PAGE = 500;

/** The most characters of a key that are reported. */
const MAX_SHOWN_CHARS = 100;

/** The time between attempts while the engine does not answer, in milliseconds. */
const RETRY_MS = 50;

/** The longest time for a change by default: an engine may need 9 s to replace a node that leads. */
const CHANGE_MS = 10_000;

/** The time for which a deletion is stored, in milliseconds. */
export const DELETED_MS = 7 * 86_400_000;

/** The time after which everything is read again, much shorter than that, in milliseconds. */
const READ_MS = 86_400_000;

/** The interval at which it is checked whether that is due, in milliseconds. */
const CHECK_MS = 60_000;

/**
 * Keys and values that all servers of a chat share: each has all of them in memory, and applies the
 * same changes in the same order.
 */
export class SharedState implements Disposable {
  readonly #journal: Journal;
  readonly #options: SharedStateOptions;
  readonly #now: () => number;
  readonly #values = new Map<string, StateValue>();
  readonly #listeners = new Set<Listener>();
  readonly #resources = new DisposableStack();
  /** Entries that have arrived before everything was read; undefined afterwards. */
  #early: Entry[] | undefined = [];
  /** The position up to which everything is applied. */
  #applied = 0;
  /** Settles when the changes so far are over: those of one server need not conflict. */
  #changes: Promise<unknown> = Promise.resolve();
  /** The change under way. */
  #attempt: { readonly id: string; isApplied: boolean } | undefined;
  /** When everything was read. */
  #readAt: number;

  private constructor(journal: Journal, options: SharedStateOptions) {
    this.#journal = journal;
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#readAt = this.#now();
    this.#resources.use(journal.listen((entry) => {
      if (this.#early) this.#early.push(entry);
      else this.#apply(entry);
    }));
    const timer = setInterval(() => void this.check().catch(options.onError), CHECK_MS);
    this.#resources.defer(() => clearInterval(timer));
  }

  /**
   * Reads the state of a journal that keeps the newest entry of each key, and follows it.
   *
   * @throws {ChatError} `unavailable`, if the engine does not answer.
   */
  static async open(journal: Journal, options: SharedStateOptions): Promise<SharedState> {
    const state = new SharedState(journal, options);
    try {
      await state.#load();
      return state;
    } catch (error) {
      state[Symbol.dispose]();
      throw error;
    }
  }

  /** Returns the value of a key; undefined if it has none. */
  get(key: string): StateValue | undefined {
    return this.#values.get(key);
  }

  /** Yields the values of the keys that start with `prefix`. */
  *values(prefix: string): Generator<unknown> {
    for (const [key, { value }] of this.#values) if (key.startsWith(prefix)) yield value;
  }

  /** Calls `onChange` for each change of a key that starts with `prefix`, in order. */
  listen(prefix: string, onChange: (change: StateChange) => void): Disposable {
    const listener = { prefix, onChange };
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /**
   * Changes a key, and returns once that is stored and applied here.
   *
   * @param compute Returns the change, or undefined to leave everything as it is. It is called
   * again if others have changed anything meanwhile, after that was applied. It may throw to give
   * up.
   * @throws what `compute` throws; {@linkcode ChatError} `unavailable`, if the engine refuses it or
   * does not answer: then it may be stored or not.
   */
  async change(
    key: string,
    compute: (current: StateValue | undefined) => Change | undefined,
  ): Promise<void> {
    const change = this.#changes.then(async () => {
      using deadline = new Deadline(this.#options.changeMs ?? CHANGE_MS);
      await this.#change(key, compute, deadline.signal);
    });
    this.#changes = change.catch(() => {});
    await change;
  }

  /**
   * Reads everything again, at most once a day, and drops what is gone: a server that was away for
   * long does not hear of deletions that are forgotten meanwhile.
   *
   * @throws {ChatError} `unavailable`, if the engine does not answer.
   */
  async check(): Promise<void> {
    const now = this.#now();
    if (now - this.#readAt < READ_MS) return;
    this.#readAt = now;
    try {
      await this.#dropForgotten();
    } catch (error) {
      this.#readAt = now - READ_MS; // The next check tries again.
      throw error;
    }
  }

  /** Stops following. */
  [Symbol.dispose](): void {
    this.#resources.dispose();
  }

  async #load(): Promise<void> {
    const { seen } = this.#journal;
    let last = seen;
    for await (const entry of this.#readAll()) {
      this.#apply(entry);
      last = Math.max(last, entry.seq);
    }
    this.#applied = last;
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const entry of early) this.#apply(entry);
  }

  /** Yields all entries: at least those that were stored before the call. */
  async *#readAll(): AsyncGenerator<Entry> {
    for (let from = 1, isLast = false; !isLast;) {
      const page = await this.#journal.read(from, PAGE);
      yield* page;
      isLast = page.length < PAGE;
      from = (page.at(-1)?.seq ?? 0) + 1;
    }
  }

  /** Drops the keys that are no longer stored, though nothing says that they were deleted. */
  async #dropForgotten(): Promise<void> {
    const stored = new Set<string>();
    for await (const { key } of this.#readAll()) stored.add(key);
    for (const [key, before] of [...this.#values]) {
      if (stored.has(key)) continue;
      // It may have changed while everything was read.
      const isGone = await this.#journal.newest(key) === 0;
      if (isGone && this.#values.get(key) === before) this.#set(key, undefined, 0);
    }
  }

  async #change(
    key: string,
    compute: (current: StateValue | undefined) => Change | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const id = crypto.randomUUID();
    while (true) {
      signal.throwIfAborted();
      const last = Math.max(this.#journal.seen, this.#applied);
      const change = compute(this.get(key));
      if (!change) return;
      this.#attempt = { id, isApplied: false };
      if (await this.#append(key, { ...change, attempt: id }, last, signal)) return;
    }
  }

  /** Appends a change. Returns false if there is anything newer than the position `last`. */
  async #append(
    key: string,
    change: StoredChange,
    last: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    const ttlMs = change.deleted === undefined ? undefined : DELETED_MS;
    const options = { expected: { last, scope: "journal" }, ttlMs } as const;
    while (true) {
      try {
        const seq = await this.#journal.append(key, encodeChange(change), options);
        await this.#journal.reach(seq, signal);
        return true;
      } catch (error) {
        if (error instanceof Conflict) {
          return await this.#hasApplied(error.newest ?? last + 1, signal);
        }
        if (!(error instanceof UnknownOutcome)) throw error;
        // The same again: if it was stored, that conflicts, and the attempt is found.
        await sleep(RETRY_MS, signal);
      }
    }
  }

  /** Waits until everything up to a position is applied. Returns whether the attempt is. */
  async #hasApplied(seq: number, signal: AbortSignal): Promise<boolean> {
    using wait = new Deadline(RETRY_MS);
    try {
      await this.#journal.reach(seq, AbortSignal.any([wait.signal, signal]));
    } catch { // What is newer was not stored in the end, or is late.
      signal.throwIfAborted();
    }
    return this.#attempt?.isApplied ?? false;
  }

  #apply(entry: Entry): void {
    const { key, seq } = entry;
    if (seq <= this.#applied) return; // It was read before.
    if (!this.#early) this.#applied = seq;
    const change = this.#decode(entry);
    if (!change) return;
    if (this.#attempt?.id === change.attempt) this.#attempt.isApplied = true;
    this.#set(key, change, seq);
  }

  #decode({ key, seq, data }: Entry): StoredChange | undefined {
    try {
      return decodeChange(key, data);
    } catch (cause) {
      const shown = escapeText(key.slice(0, MAX_SHOWN_CHARS));
      const words = `The entry ${seq} of "${shown}" in the shared state is not valid`;
      this.#options.onError(new Error(`${words}: it is passed over`, { cause }));
      return undefined;
    }
  }

  #set(key: string, change: StoredChange | undefined, seq: number): void {
    const { value, deleted } = change ?? {};
    const before = this.#values.get(key);
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, { value, seq });
    for (const { prefix, onChange } of [...this.#listeners]) {
      if (key.startsWith(prefix)) onChange({ key, value, seq, deleted, before });
    }
  }
}
