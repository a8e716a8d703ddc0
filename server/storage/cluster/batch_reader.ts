import { type Batch, decodeBatch } from "../../../proto/batch.ts";
import { ChatError } from "../../../room/errors.ts";
import type { Entry, Journal } from "../../cluster/engine.ts";
import { sleep } from "../../sleep.ts";
import type { Placed } from "./batch_applier.ts";

/** The most entries that are read at once. */
const READ = 256;

/** The wait before a read is repeated that was not answered, or late, in milliseconds. */
const READ_AGAIN_MS = 20;

/** Stands for an entry that is no batch: it belongs to no history. */
const NO_BATCH: Batch = { first: 0, time: 0, history: "", attempt: "", notes: [] };

/** What a reader reads, and until when. */
export interface BatchReaderOptions {
  readonly journal: Journal;
  /** The key of the room's batches. */
  readonly key: string;
  /** Called for each entry that cannot be read. */
  readonly onError: (error: unknown) => void;
  /** Ends all waits. */
  readonly signal: AbortSignal;
}

/** Reads the batches of a room from the journal. */
export class BatchReader {
  readonly #options: BatchReaderOptions;
  /** Whether to ask the journal again, for as long as it does not answer. */
  isPatient = false;

  constructor(options: BatchReaderOptions) {
    this.#options = options;
  }

  /** Returns the place of the newest batch; 0 if there is none. */
  newest(): Promise<number> {
    const { journal, key } = this.#options;
    return this.#ask(() => journal.newest(key));
  }

  /**
   * Reads the first batches after a place, where there are some. It returns none, after a short wait,
   * if a node has answered that does not have them yet.
   */
  async readAfter(place: number): Promise<Placed[]> {
    const { journal, key, signal } = this.#options;
    const entries = await this.#ask(() => journal.read(place + 1, READ, key));
    if (entries.length === 0) await sleep(READ_AGAIN_MS, signal);
    return entries.map((entry) => this.decode(entry));
  }

  /** Decodes an entry. One that is no batch is passed over by all servers, like another history. */
  decode({ seq, data }: Entry): Placed {
    try {
      return { place: seq, batch: decodeBatch(data) };
    } catch (cause) {
      const { key, onError } = this.#options;
      const words = `The entry ${seq} of "${key}" in the servers' journal is no batch of notes`;
      onError(new Error(`${words}: it is passed over`, { cause }));
      return { place: seq, batch: NO_BATCH };
    }
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    while (true) {
      try {
        return await question();
      } catch (error) {
        if (!this.isPatient || !(error instanceof ChatError)) throw error;
      }
      await sleep(READ_AGAIN_MS, this.#options.signal);
    }
  }
}
