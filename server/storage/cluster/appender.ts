import { type Batch, encodeBatch, maxStoredBytes } from "../../../proto/batch.ts";
import { ChatError } from "../../../room/errors.ts";
import { authorKey, type Draft, type Note } from "../../../room/note.ts";
import type { Appended } from "../../../room/state/log.ts";
import { formatNumber } from "../../../text/number.ts";
import { Conflict, type Journal, UnknownOutcome } from "../../cluster/engine.ts";
import { sleep } from "../../sleep.ts";
import { Deadline } from "./deadline.ts";
import type { Follower, LogEnd } from "./follower.ts";

/** The most notes of a batch, so that no server needs long to apply it. */
const MAX_NOTES = 1_000;

/** The most bytes of a batch besides its notes: two numbers and two texts. */
const HEAD_BYTES = 256;

/** The wait before a batch is sent again that was not answered, in milliseconds. */
const SEND_AGAIN_MS = 50;

/** The wait after a conflict with a batch that cannot be read yet, in milliseconds. */
const CONFLICT_MS = 5;

/** The parts of an appender. */
export interface AppenderOptions {
  readonly journal: Journal;
  readonly key: string;
  readonly history: string;
  readonly follower: Follower;
  /** Returns the most bytes of an entry of the journal, as of now. */
  readonly maxBytes: () => number;
  /** The time for which an append is tried, in milliseconds. */
  readonly appendMs: number;
  /** Aborted when the log is closed. */
  readonly signal: AbortSignal;
  /** Called for notes that were stored, although the append that they belong to has failed. */
  readonly onUnclaimed: (notes: readonly Note[]) => void;
}

/** A batch on its way. */
interface Sending {
  readonly batch: Batch;
  /** The notes, once the replica has them. */
  notes?: readonly Note[];
}

/** When a batch is appended. */
interface Condition {
  /** The end of the log, where it goes. If the log is longer by then, it is not appended. */
  readonly end: LogEnd;
  /** The time at which it is given up, of `performance.now()`. */
  readonly giveUpAt: number;
}

/** An append on its way. */
interface Appending {
  readonly drafts: readonly Draft[];
  /** The positions found so far. */
  readonly seqs: (number | undefined)[];
  /** The notes stored so far. */
  readonly notes: Note[];
  readonly now: number;
}

/** Appends drafts to a journal, one append at a time. */
export class Appender {
  readonly #options: AppenderOptions;
  #sending: Sending | undefined;

  constructor(options: AppenderOptions) {
    this.#options = options;
  }

  /**
   * Appends the drafts whose ids are not in the log, in as many batches as they need.
   *
   * @throws {ChatError} `unavailable`, if the engine does not answer in time; `too_large`, if a note
   * does not fit into an entry.
   */
  async append(drafts: readonly Draft[], now: number): Promise<Appended> {
    const appending: Appending = { drafts, seqs: drafts.map(() => undefined), notes: [], now };
    const giveUpAt = performance.now() + this.#options.appendMs;
    try {
      while (true) {
        // Read before the ids are looked up: what is applied meanwhile may have one of them.
        const { end } = this.#options.follower;
        const fresh = await this.#findFresh(appending);
        if (fresh.length === 0) break;
        await this.#appendSome(fresh, appending, { end, giveUpAt });
      }
    } catch (error) {
      this.#options.onUnclaimed(appending.notes);
      throw error;
    } finally {
      this.#sending = undefined;
    }
    return { seqs: appending.seqs as number[], notes: appending.notes };
  }

  /** Appends a batch without notes, unless another server appends something at the same time. */
  async appendEmpty(now: number): Promise<void> {
    try {
      const { end } = this.#options.follower;
      await this.#send([], now, { end, giveUpAt: performance.now() + this.#options.appendMs });
    } finally {
      this.#sending = undefined;
    }
  }

  /** Whether a batch that the replica has is the one on its way. Then this has its notes. */
  claim({ attempt }: Batch, notes: readonly Note[]): boolean {
    if (this.#sending?.batch.attempt !== attempt) return false;
    this.#sending.notes = notes;
    return true;
  }

  /**
   * Looks up the drafts without a position. Returns the indexes of those that are not in the log;
   * of several with the same id only the first.
   */
  async #findFresh({ drafts, seqs }: Appending): Promise<number[]> {
    const { replica } = this.#options.follower;
    const missing = [...drafts.keys()].filter((i) => seqs[i] === undefined);
    const withId = missing.filter((i) => drafts[i]!.id !== "");
    const found = await Promise.all(withId.map((i) => replica.find(drafts[i]!)));
    found.forEach((seq, i) => seqs[withId[i]!] = seq);
    const seen = new Map<string, Draft[]>(); // By id.
    return missing.filter((i) => {
      const draft = drafts[i]!;
      if (seqs[i] !== undefined || draft.id === "") return seqs[i] === undefined;
      const others = seen.get(draft.id) ?? [];
      if (others.some((other) => authorKey(other) === authorKey(draft))) return false;
      return seen.set(draft.id, [...others, draft]);
    });
  }

  /** Appends as many of the drafts at `fresh` as fit into a batch, or none after a conflict. */
  async #appendSome(
    fresh: readonly number[],
    { drafts, seqs, notes, now }: Appending,
    condition: Condition,
  ): Promise<void> {
    const batch = this.#fitting(fresh.map((i) => drafts[i]!));
    const stored = await this.#send(batch, now, condition);
    stored?.forEach((note, i) => {
      seqs[fresh[i]!] = note.seq;
      notes.push(note);
    });
  }

  /** Returns the first drafts that fit into a batch, at least one. */
  #fitting(drafts: readonly Draft[]): Draft[] {
    const maxBytes = this.#options.maxBytes();
    let bytes = HEAD_BYTES;
    const beyond = drafts.findIndex((draft, i) =>
      i === MAX_NOTES || (bytes += maxStoredBytes(draft)) > maxBytes
    );
    if (beyond !== 0) return drafts.slice(0, beyond === -1 ? undefined : beyond);
    const words = `Note needs ${formatNumber(bytes)} bytes in the engine`;
    throw new ChatError(
      "too_large",
      `${words}, whose entries have at most ${formatNumber(maxBytes)}`,
    );
  }

  /**
   * Appends a batch at the end of the log. Returns its notes, or undefined if another server was
   * first; then the replica has caught up.
   */
  async #send(
    notes: readonly Draft[],
    now: number,
    condition: Condition,
  ): Promise<readonly Note[] | undefined> {
    const { history, follower } = this.#options;
    const sending: Sending = this.#sending = {
      batch: {
        first: condition.end.head + 1,
        time: Math.max(now, follower.newestTime),
        history,
        attempt: crypto.randomUUID(),
        notes,
      },
    };
    try {
      await this.#store(sending, condition);
    } catch (error) {
      if (!sending.notes) throw error; // Otherwise the replica got it all the same.
    }
    return sending.notes;
  }

  /** Appends a batch, until the replica has it, or others after the place where it should be. */
  async #store(sending: Sending, { end, giveUpAt }: Condition): Promise<void> {
    const { journal, key, follower, signal } = this.#options;
    const data = encodeBatch(sending.batch);
    for (let mayBeStored = false; !sending.notes;) {
      try {
        const expected = { last: end.place, scope: "key" } as const;
        const place = await journal.append(key, data, { expected });
        mayBeStored = true; // Whatever happens to this server's replica.
        using deadline = new Deadline(Math.max(0, giveUpAt - performance.now()));
        await follower.add(place, sending.batch, AbortSignal.any([signal, deadline.signal]));
      } catch (error) {
        if (error instanceof Conflict) {
          // Perhaps with this batch, if an answer was lost.
          return await this.#catchUp(end.place, giveUpAt, error.newest);
        }
        if (!(error instanceof UnknownOutcome)) {
          follower.check();
          throw mayBeStored ? this.#notAnswered(error) : error;
        }
        mayBeStored = true;
        // The same batch again: if it was stored already, or is stored later, this one is not.
        if (performance.now() >= giveUpAt) throw this.#notAnswered(error);
        await sleep(SEND_AGAIN_MS, signal);
      }
    }
  }

  /** Applies what other servers have appended after `last`. */
  async #catchUp(last: number, giveUpAt: number, newest: number | undefined): Promise<void> {
    const { follower, signal } = this.#options;
    while (true) {
      const ms = giveUpAt - performance.now();
      if (ms <= 0) throw this.#notAnswered();
      using deadline = new Deadline(ms);
      try {
        await follower.resolveConflict(AbortSignal.any([signal, deadline.signal]), newest);
        break;
      } catch (error) {
        follower.check();
        if (!(error instanceof ChatError)) throw error;
        await sleep(SEND_AGAIN_MS, signal); // The engine does not say what is newest.
      }
    }
    if (follower.place === last) await sleep(CONFLICT_MS, signal);
  }

  #notAnswered(cause?: unknown): ChatError {
    const seconds = this.#options.appendMs / 1_000;
    const words =
      `The servers' engine did not answer within ${seconds} s: the note may still appear`;
    return new ChatError("unavailable", words, { cause });
  }
}
