import { type Batch, decodeBatch, encodeBatch, maxStoredBytes } from "../../proto/batch.ts";
import type { NoteRecord } from "../../room/archive_record.ts";
import { ChatError } from "../../room/errors.ts";
import { Conflict, type Engine, UnknownOutcome } from "../cluster/engine.ts";
import { sleep } from "../sleep.ts";
import { Deadline } from "../storage/cluster/deadline.ts";

/** The most notes of a batch. */
const MAX_NOTES = 1_000;

/** The most bytes of a batch besides its notes. */
const HEAD_BYTES = 256;

/** The time to keep sending a batch, in milliseconds: a new leader may take the engine 9 s. */
const APPEND_MS = 10_000;

/** The wait before a batch is sent again, in milliseconds. */
const AGAIN_MS = 50;

/** The entries that are read at once, to find a batch whose answer was lost. */
const READ = 16;

/** Returns the most bytes of a batch that has only this note. */
export function maxBatchBytes(note: NoteRecord): number {
  return HEAD_BYTES + maxStoredBytes(note);
}

/** The room that a batch writer writes, and where. */
export interface BatchWriterOptions {
  readonly engine: Pick<Engine, "journals" | "maxEntryBytes">;
  /** The key of the room, to which nobody else appends batches of this history. */
  readonly key: string;
  readonly history: string;
}

/** Appends the notes of a room in batches, which keep their times. */
export class BatchWriter {
  readonly #options: BatchWriterOptions;
  /** The place of the newest entry of the key; undefined before the first append. */
  #last: number | undefined;
  #waiting: NoteRecord[] = [];
  #bytes = HEAD_BYTES;
  /** The time of the newest note. */
  #time = 0;

  constructor(options: BatchWriterOptions) {
    this.#options = options;
  }

  /**
   * Writes notes, except for those that still fit into the next batch.
   *
   * @throws {ChatError} `unavailable`, if the engine does not answer or refuses them.
   */
  async write(notes: readonly NoteRecord[]): Promise<void> {
    for (const note of notes) {
      const bytes = maxStoredBytes(note);
      const isFull = this.#waiting.length >= MAX_NOTES ||
        this.#bytes + bytes > this.#options.engine.maxEntryBytes;
      if (isFull) await this.#flush();
      this.#waiting.push(note);
      this.#bytes += bytes;
      this.#time = note.time;
    }
  }

  /**
   * Writes what is left, and the position of the next note for a room without notes.
   *
   * @throws {ChatError} as {@linkcode write}.
   */
  async finish(next: number): Promise<void> {
    await this.#flush();
    await this.#append({ first: next, time: this.#time, notes: [] });
  }

  async #flush(): Promise<void> {
    const notes = this.#waiting;
    if (notes.length === 0) return;
    [this.#waiting, this.#bytes] = [[], HEAD_BYTES];
    const { seq: first, time } = notes[0]!;
    const timed = notes.map((note) => ({ ...note, later: note.time - time }));
    await this.#append({ first, time, notes: timed });
  }

  async #append(part: Pick<Batch, "first" | "time" | "notes">): Promise<void> {
    const { engine: { journals: { notes } }, key, history } = this.#options;
    const attempt = crypto.randomUUID();
    const data = encodeBatch({ ...part, history, attempt });
    this.#last ??= await notes.newest(key);
    for (const giveUpAt = performance.now() + APPEND_MS;;) {
      try {
        this.#last = await notes.append(key, data, {
          expected: { last: this.#last, scope: "key" },
        });
        return;
      } catch (error) {
        if (error instanceof Conflict) {
          if (await this.#catchUp(attempt)) return;
        } else if (!(error instanceof UnknownOutcome)) throw error;
        if (performance.now() >= giveUpAt) throw notAnswered(error);
      }
      await sleep(AGAIN_MS, new AbortController().signal);
    }
  }

  /**
   * Reads the entries that have come before this batch, and returns whether the batch is one of them:
   * its answer may have been lost. The others are of servers that have not heard of the import yet,
   * and of another history, so that readers ignore them.
   */
  async #catchUp(attempt: string): Promise<boolean> {
    const { engine: { journals: { notes } }, key } = this.#options;
    const newest = await notes.newest(key);
    using deadline = new Deadline(APPEND_MS);
    await notes.reach(newest, deadline.signal);
    let isStored = false;
    for (let from = this.#last! + 1; from <= newest;) {
      const entries = await notes.read(from, READ, key);
      isStored ||= entries.some(({ data }) => decodeBatch(data).attempt === attempt);
      from = (entries.at(-1)?.seq ?? newest) + 1;
    }
    this.#last = newest;
    return isStored;
  }
}

function notAnswered(cause: unknown): ChatError {
  const words = `The servers' engine did not answer within ${APPEND_MS / 1_000} s`;
  return new ChatError("unavailable", words, { cause });
}
