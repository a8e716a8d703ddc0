import { ChatError } from "./errors.ts";
import type { Log, ReadLimit } from "./log.ts";
import type { Draft, Note } from "./note.ts";

/**
 * Consecutive notes. Readers that stand at the same place get the same object, so
 * an edge can encode it once for all of them and remember that by its identity.
 */
export interface Run {
  /** The notes, at least one, their positions ascending by one. */
  readonly notes: readonly Note[];
}

/** What a room needs from the world. */
export interface RoomOptions {
  /** Runs a task once the events at hand have been handled: `setImmediate`. */
  readonly defer: (task: () => void) => void;
}

/** A draft on its way into the log, and who waits for that. */
interface Posting {
  readonly draft: Draft;
  readonly accept: (note: Note) => void;
  readonly refuse: (reason: unknown) => void;
}

/** What a reader behind the head takes from the log at a time. */
const CHUNK: ReadLimit = { notes: 1_000, bytes: 256 * 1024 };

/**
 * A log with people around it: the one place where notes get their order.
 *
 * Drafts collect while the event loop turns and are appended in one batch. Then, in
 * this order: the log has the notes, their authors are answered, the readers wake.
 * A reader is a cursor: nothing is queued for it, so one that is slow costs nobody else.
 */
export class Room {
  readonly #log: Log;
  readonly #defer: (task: () => void) => void;
  /** Drafts that came since the last batch was taken. */
  #postings: Posting[] = [];
  /** True from the first draft of a batch until the log has answered for the last one. */
  #busy = false;
  /** The readers at the head; each call hands one the next run. */
  #waiting = new Set<(run: Run) => void>();

  /** Opens the room that `log` holds. */
  constructor(log: Log, { defer }: RoomOptions) {
    this.#log = log;
    this.#defer = defer;
  }

  /** The position of the newest note; 0 in a room where nobody has spoken. */
  get head(): number {
    return this.#log.head;
  }

  /**
   * Posts a draft and returns the note that it became, once the log has it.
   *
   * @throws {ChatError} `unavailable`, if the log cannot take it.
   */
  post(draft: Draft): Promise<Note> {
    const { promise, resolve, reject } = Promise.withResolvers<Note>();
    this.#postings.push({ draft, accept: resolve, refuse: reject });
    if (!this.#busy) {
      this.#busy = true;
      this.#defer(() => void this.#append());
    }
    return promise;
  }

  /**
   * Reads the room from position `from` on, and waits at its head for more. Notes
   * that the log no longer has are passed over: a run then starts past `from`.
   *
   * Ends by throwing the reason of `signal` when it is aborted.
   */
  async *read(from: number, signal: AbortSignal): AsyncGenerator<Run, never> {
    let next = from;
    while (true) {
      signal.throwIfAborted();
      const run = next > this.#log.head
        ? await this.#nextRun(signal)
        : { notes: await this.#log.read(next, CHUNK) };
      next = run.notes.at(-1)!.seq + 1;
      yield run;
    }
  }

  /** Appends what has been posted, batch after batch, until nothing is left. */
  async #append(): Promise<void> {
    while (this.#postings.length > 0) {
      const batch = this.#postings;
      this.#postings = [];
      try {
        const notes = await this.#log.append(batch.map((posting) => posting.draft));
        batch.forEach((posting, i) => posting.accept(notes[i]!));
        this.#wake({ notes });
      } catch (cause) {
        const error = new ChatError("unavailable", "The server could not store the note", {
          cause,
        });
        for (const posting of batch) posting.refuse(error);
      }
    }
    this.#busy = false;
  }

  #wake(run: Run): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const take of waiting) take(run);
  }

  #nextRun(signal: AbortSignal): Promise<Run> {
    return new Promise((resolve, reject) => {
      const take = (run: Run) => {
        signal.removeEventListener("abort", leave);
        resolve(run);
      };
      const leave = () => {
        this.#waiting.delete(take);
        reject(signal.reason);
      };
      this.#waiting.add(take);
      signal.addEventListener("abort", leave, { once: true });
    });
  }
}
