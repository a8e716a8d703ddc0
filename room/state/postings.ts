import { ChatError } from "../errors.ts";
import type { Draft, Note } from "../note.ts";
import type { Log } from "./log.ts";

/** The dependencies of postings. */
export interface PostingsOptions {
  readonly log: Log;
  /** The time, in milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Runs a task once the pending events have been handled. */
  readonly defer: (task: () => void) => void;
  /** Called with new notes before their authors are answered. */
  readonly onStored: (notes: readonly Note[]) => void;
  /** Called once the authors of a batch have been answered. */
  readonly onAnswered: () => void;
  /** Called when the log could not store or drop notes. */
  readonly onError: (error: unknown) => void;
  /**
   * Called when a batch is passed to the log. The returned function is called with the number of
   * new notes once they are stored.
   */
  readonly appending: (() => (notes: number) => void) | undefined;
  /** Called after each batch, once the log has dropped what is beyond retention. */
  readonly onTrimmed: () => void;
}

/** Drafts on their way into the log, with the callbacks for their outcome. */
interface Posting {
  readonly drafts: readonly Draft[];
  readonly accept: (seqs: readonly number[]) => void;
  readonly refuse: (reason: ChatError) => void;
}

/** The number of notes that a step of retention drops, besides as many as were just appended. */
export const TRIM_STEP = 200;

/** The drafts of a room on their way into its log: those of a tick are appended in one batch. */
export class Postings {
  readonly #options: PostingsOptions;
  /** Drafts that arrived since the last batch. */
  #waiting: Posting[] = [];
  /** Settles when the log has answered for all drafts; undefined while there are none. */
  #appending: Promise<void> | undefined;
  /** The time of the newest note. Later notes get no earlier time, whatever the clock does. */
  #newestTime = 0;

  constructor(options: PostingsOptions) {
    this.#options = options;
  }

  /** Gives later notes no earlier time than `time`, in milliseconds since the Unix epoch. */
  advance(time: number): void {
    this.#newestTime = Math.max(this.#newestTime, time);
  }

  /**
   * Returns the positions of drafts, in the same order, once the log has them.
   *
   * @throws {ChatError} as the log; `unavailable`, if it fails otherwise.
   */
  add(drafts: readonly Draft[]): Promise<readonly number[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly number[]>();
    this.#waiting.push({ drafts, accept: resolve, refuse: reject });
    this.#appending ??= new Promise((settle) => {
      this.#options.defer(() => void this.#appendAll().finally(settle));
    });
    return promise;
  }

  /** Waits until the log has answered for the drafts so far, whatever it has answered. */
  async answered(): Promise<void> {
    if (this.#appending) await this.add([]).catch(() => {});
  }

  /** Waits until the log has answered for all drafts. */
  async settle(): Promise<void> {
    while (this.#appending) await this.#appending;
  }

  /** Appends drafts, batch after batch, until none are left. */
  async #appendAll(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting;
        this.#waiting = [];
        await this.#append(batch);
      }
    } finally {
      this.#appending = undefined;
    }
  }

  async #append(batch: readonly Posting[]): Promise<void> {
    const { log, onError, onStored, onAnswered, onTrimmed } = this.#options;
    const drafts = batch.flatMap((posting) => posting.drafts);
    const now = this.#options.now();
    this.advance(now); // A search by time relies on the order of positions; clocks may be set back.
    const appended = this.#options.appending?.();
    const appending = log.append(drafts, this.#newestTime);
    // Started together, so that a log on disk does both in one transaction. But only the append
    // decides the outcome of the posts, not the trim.
    const trimming = log.trim(now, drafts.length + TRIM_STEP).catch(onError);
    try {
      const { seqs, notes } = await appending;
      appended?.(notes.length);
      onStored(notes);
      let taken = 0;
      for (const { drafts, accept } of batch) accept(seqs.slice(taken, taken += drafts.length));
      onAnswered();
    } catch (cause) {
      this.#refuse(batch, cause);
    }
    await trimming;
    onTrimmed();
  }

  #refuse(batch: readonly Posting[], cause: unknown): void {
    const error = cause instanceof ChatError
      ? cause
      : new ChatError("unavailable", "The server could not store the note", { cause });
    for (const posting of batch) posting.refuse(error);
    if (error.code === "unavailable") this.#options.onError(error); // The others are refusals.
  }
}
