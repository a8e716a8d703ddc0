import { type Batch, decodeBatch } from "../../../proto/batch.ts";
import { ChatError, errorMessage } from "../../../room/errors.ts";
import type { Note } from "../../../room/note.ts";
import { Wakeup, Wakeups } from "../../../room/wakeup.ts";
import type { Entry, Journal } from "../../cluster/engine.ts";
import { nextTick } from "../../event_loop.ts";
import { sleep } from "../../sleep.ts";
import type { MakeReplica, Replica } from "./replica.ts";

/** The most entries that are read at once. */
const READ = 256;

/** The notes that are applied before others get a turn. */
const SLICE = 1_000;

/** The wait before a read is repeated that should have found more, in milliseconds. */
const READ_AGAIN_MS = 20;

/** The wait before a replica that could not store batches gets them again, in milliseconds. */
const WRITE_AGAIN_MS = 1_000;

/** What a follower follows. */
export interface FollowerOptions {
  readonly journal: Journal;
  /** The key of the room's batches. */
  readonly key: string;
  /** Batches of other histories are passed over. */
  readonly history: string;
  readonly replica: MakeReplica;
  /** Called for each batch once the replica has its notes, in order. */
  readonly onBatch: (batch: Batch, notes: readonly Note[]) => void;
  /** Called if the room cannot be served any more. */
  readonly onError: (error: unknown) => void;
}

/** A batch, and its place in the journal. */
interface Placed {
  readonly place: number;
  readonly batch: Batch;
}

/**
 * Keeps a replica of a room up to date: applies the batches of a journal in order, each once,
 * whether they come from the journal's listener, from reading it or from the author of a batch.
 *
 * All servers give the same positions to the same notes, because they apply the same batches in the
 * same order, and each batch says its first position.
 */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #closing = new AbortController();
  readonly #listening: Disposable;
  readonly #progress = new Wakeups();
  #replica!: Replica; // Set by open().
  /** Batches that are to be applied. */
  readonly #queue: Placed[] = [];
  /** Settles when the queue has been applied; undefined while it is empty. */
  #applying: Promise<void> | undefined;
  /** Whether everything older than this follower has been read. */
  #isOpen = false;
  #place = 0;
  #head = 0;
  #newestTime = 0;
  #hasNotesAtEnd = false;
  #failure: ChatError | undefined;

  /**
   * Opens a follower that has everything appended before the call.
   *
   * @throws {ChatError} `unavailable`, if the journal cannot be read.
   */
  static async open(options: FollowerOptions): Promise<Follower> {
    const follower = new Follower(options);
    try {
      // What the listener receives is applied only after everything older has been read: a replica
      // that started at the first batch received would miss the ones before it.
      follower.#applying = follower.#start();
      await follower.#applying;
      follower.#applyQueue();
      return follower;
    } catch (error) {
      follower.close();
      throw error instanceof ChatError ? error : follower.#failureOf(error);
    }
  }

  private constructor(options: FollowerOptions) {
    this.#options = options;
    this.#listening = options.journal.listen((entry) => {
      if (entry.key === options.key) this.#receive(entry);
    }, options.key);
  }

  /** The replica. It is another one once the notes after it are gone from the journal. */
  get replica(): Replica {
    return this.#replica;
  }

  /** The place of the newest entry that has been applied, of any history; 0 if there is none. */
  get place(): number {
    return this.#place;
  }

  /** The position of the newest note that has been applied. */
  get head(): number {
    return this.#head;
  }

  /** The time of the newest batch, in milliseconds since the Unix epoch. */
  get newestTime(): number {
    return this.#newestTime;
  }

  /** Whether the newest entry has notes. */
  get hasNotesAtEnd(): boolean {
    return this.#hasNotesAtEnd;
  }

  /** @throws {ChatError} `unavailable`, if the room cannot be served any more. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Applies a batch that this server has appended, unless the listener was faster. */
  async add(place: number, batch: Batch, signal: AbortSignal): Promise<void> {
    this.#enqueue({ place, batch });
    await this.#untilApplied(place, signal);
  }

  /**
   * Applies everything appended before the call.
   *
   * @param newest The place of the newest entry, if that is known.
   * @throws {ChatError} `unavailable`, if the journal does not answer; the reason of `signal`, once
   * it is aborted.
   */
  async catchUp(signal: AbortSignal, newest?: number): Promise<void> {
    const { journal, key } = this.#options;
    const last = newest ?? await journal.newest(key);
    if (last > this.#place) await journal.reach(last, signal);
    await this.#untilApplied(last, signal);
  }

  /** Applies nothing more. */
  close(): void {
    this.#listening[Symbol.dispose]();
    this.#closing.abort(new ChatError("unavailable", "The room is closed"));
  }

  async #start(): Promise<void> {
    await this.#resume(await this.#options.replica(0));
    await this.#readAll();
    this.#isOpen = true;
    this.#applying = undefined;
  }

  /** Goes on where a replica is that was kept. */
  async #resume(replica: Replica): Promise<void> {
    const { place = 0, first, head } = replica;
    this.#replica = replica;
    this.#place = place;
    this.#head = head;
    this.#hasNotesAtEnd = true; // Perhaps; otherwise an empty batch too many does no harm.
    const [newest] = first <= head ? await replica.read(head, { notes: 1, chars: 1 }) : [];
    this.#newestTime = newest?.time ?? 0;
    const last = place > 0 ? await this.#options.journal.newest(this.#options.key) : 0;
    if (last < place) {
      // Dropping the replica could drop the only copy of these notes.
      throw new Error(`it ends at ${last}, but this server has its entries up to ${place}`);
    }
  }

  #receive({ seq, data }: Entry): void {
    try {
      this.#enqueue({ place: seq, batch: decodeBatch(data) });
    } catch (cause) {
      this.#fail(cause);
    }
  }

  #enqueue(placed: Placed): void {
    this.#queue.push(placed);
    this.#applyQueue();
  }

  /** Starts to apply the queue, unless that is being done. */
  #applyQueue(): void {
    if (this.#queue.length === 0 || this.#failure) return;
    const repair = ({ place, batch }: Placed) => {
      if (batch.first > this.#head) return this.#repair(place);
      throw new Error(
        `the batch at ${place} starts at ${batch.first}, but ${this.#head} are there`,
      );
    };
    this.#applying ??= this.#applyAll(this.#queue, repair)
      .catch((cause) => this.#fail(cause))
      .finally(() => {
        this.#applying = undefined;
        this.#applyQueue(); // What has arrived since the last look at the queue.
        this.#progress.notify();
      });
  }

  /**
   * Applies batches in order, and removes them from `queue`.
   *
   * @param onGap Called for a batch that does not start after the newest note.
   */
  async #applyAll(queue: Placed[], onGap: (placed: Placed) => Promise<void>): Promise<void> {
    while (queue.length > 0) {
      const slice = this.#takeSlice(queue);
      if (slice.length > 0) await this.#write(slice, queue);
      else if (queue.length > 0) await onGap(queue[0]!);
      if (queue.length > 0) await nextTick(); // Others get a turn.
    }
  }

  /** Removes the batches from `queue` that can be stored together, and those that are there. */
  #takeSlice(queue: Placed[]): Placed[] {
    const slice: Placed[] = [];
    let [place, head] = [this.#place, this.#head];
    while (queue.length > 0 && head - this.#head < SLICE) {
      const next = queue[0]!;
      if (next.place > place) {
        const { first, notes } = next.batch;
        if (this.#isOurs(next) && first !== head + 1) break;
        slice.push(next);
        place = next.place;
        if (this.#isOurs(next)) head += notes.length;
      }
      queue.shift();
    }
    return slice;
  }

  #isOurs({ batch }: Placed): boolean {
    return batch.history === this.#options.history;
  }

  /** Stores batches in the replica, or puts them back into `queue` for another try. */
  async #write(slice: readonly Placed[], queue: Placed[]): Promise<void> {
    try {
      const stored = await Promise.all(slice.map((placed) => this.#extend(placed)));
      slice.forEach((placed, i) => this.#applied(placed, stored[i]!));
      this.#progress.notify();
    } catch (error) {
      if (!this.#isOpen) throw error;
      this.#options.onError(error);
      queue.unshift(...slice);
      await sleep(WRITE_AGAIN_MS, this.#closing.signal);
    }
  }

  async #extend(placed: Placed): Promise<readonly Note[]> {
    const { notes, time } = placed.batch;
    return this.#isOurs(placed) ? await this.#replica.extend(notes, time, placed.place) : [];
  }

  #applied(placed: Placed, notes: readonly Note[]): void {
    const { place, batch } = placed;
    this.#place = place;
    this.#hasNotesAtEnd = batch.notes.length > 0;
    if (!this.#isOurs(placed)) return;
    this.#head += notes.length;
    this.#newestTime = Math.max(this.#newestTime, batch.time);
    this.#options.onBatch(batch, notes);
  }

  /** Reads what is missing before a batch that was received, for as long as the journal takes. */
  async #repair(place: number): Promise<void> {
    try {
      const newest = await this.#readAll();
      if (newest === 0) this.#place = place; // The room has been removed with its batches.
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      await sleep(READ_AGAIN_MS, this.#closing.signal); // The journal does not answer.
    }
  }

  /** Reads and applies everything appended before the call. Returns the place of the newest. */
  async #readAll(): Promise<number> {
    const { journal, key } = this.#options;
    while (true) {
      const newest = await journal.newest(key);
      if (newest <= this.#place) return newest;
      // A node may answer that does not have the newest entries yet: then the read is repeated.
      const entries = await journal.read(this.#place + 1, READ, key);
      if (entries.length === 0) await sleep(READ_AGAIN_MS, this.#closing.signal);
      const batches = entries.map(({ seq, data }) => ({ place: seq, batch: decodeBatch(data) }));
      await this.#applyAll(batches, (placed) => this.#skipTo(placed));
    }
  }

  /** Goes on at a batch whose predecessors are no longer in the journal. */
  async #skipTo({ place, batch: { first } }: Placed): Promise<void> {
    if (first <= this.#head) {
      throw new Error(`the batch at ${place} starts at ${first}, but ${this.#head} are there`);
    }
    this.#replica = await this.#options.replica(first - 1);
    this.#head = first - 1;
  }

  /** Stops serving the room: going on would give positions that other servers do not give. */
  #fail(cause: unknown): void {
    if (this.#failure || this.#closing.signal.aborted) return;
    this.#listening[Symbol.dispose]();
    this.#queue.length = 0;
    this.#failure = this.#failureOf(cause);
    this.#options.onError(this.#failure);
    this.#progress.notify();
  }

  #failureOf(cause: unknown): ChatError {
    const words = `Cannot serve "${this.#options.key}" of the servers' journal`;
    return new ChatError("unavailable", `${words}: ${errorMessage(cause)}`, { cause });
  }

  async #untilApplied(place: number, signal: AbortSignal): Promise<void> {
    const wakeup = new Wakeup();
    using _progress = this.#progress.add(wakeup);
    while (this.#applying && this.#place < place) await wakeup.wait(signal);
    this.check();
  }
}
