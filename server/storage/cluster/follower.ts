import type { Batch } from "../../../proto/batch.ts";
import { ChatError, errorMessage } from "../../../room/errors.ts";
import { Wakeup, Wakeups } from "../../../room/wakeup.ts";
import type { Entry, Journal } from "../../cluster/engine.ts";
import { sleep } from "../../sleep.ts";
import { BatchApplier, type BatchApplierOptions, type Placed } from "./batch_applier.ts";
import { BatchReader } from "./batch_reader.ts";
import type { MakeReplica, Replica } from "./replica.ts";
import { confirmBatch } from "./stored_batch.ts";

/** The most batches that wait to be applied: newer ones are read again later. */
const MAX_QUEUED = 1_000;

/**
 * The time after which a room whose notes are gone has not been removed, in milliseconds: otherwise
 * this server would have heard of it.
 */
const REMOVED_MS = 1_000;

/** What a follower follows. */
export interface FollowerOptions extends Pick<BatchApplierOptions, "history" | "onBatch"> {
  /** The room's folded name, for messages. */
  readonly room: string;
  readonly journal: Journal;
  /** The key of the room's batches. */
  readonly key: string;
  readonly replica: MakeReplica;
  /** Called for each entry that cannot be read. */
  readonly onError: (error: unknown) => void;
  /** Called once this can apply nothing more: if its replica is full, for example. */
  readonly onFailure: (error: ChatError) => void;
}

/** The end of the log for an append: nothing may be stored after `place` in the meantime. */
export interface LogEnd {
  /** The place of the newest entry that has been applied, of any history; 0 if there is none. */
  readonly place: number;
  /** The position of the newest note that has been applied. */
  readonly head: number;
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
  readonly #reader: BatchReader;
  readonly #applier: BatchApplier;
  /** Batches that are to be applied. */
  readonly #queue: Placed[] = [];
  /** The place of the newest batch that has arrived; 0 if none has. */
  #received = 0;
  /** Whether batches have arrived that did not fit into the queue, and were not read since. */
  #hasMissed = false;
  /** Settles when the queue has been applied; undefined while it is empty. */
  #applying: Promise<void> | undefined;
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
    this.#reader = new BatchReader({ ...options, signal: this.#closing.signal });
    this.#applier = new BatchApplier({
      ...options,
      onProgress: () => this.#progress.notify(),
    });
    this.#listening = options.journal.listen((entry) => {
      if (entry.key === options.key) this.#receive(entry);
    }, options.key);
  }

  /** The replica. It is another one once the notes after it are gone from the journal. */
  get replica(): Replica {
    return this.#applier.replica;
  }

  /** The place of the newest entry that has been applied, of any history; 0 if there is none. */
  get place(): number {
    return this.#applier.place;
  }

  /** The position of the newest note that has been applied. */
  get head(): number {
    return this.#applier.head;
  }

  /** Where the next batch would be appended. */
  get end(): LogEnd {
    return { place: this.place, head: this.head };
  }

  /** The time of the newest batch or note, in milliseconds since the Unix epoch. */
  get newestTime(): number {
    return this.#applier.newestTime;
  }

  /** Whether the newest entry has notes. */
  get hasNotesAtEnd(): boolean {
    return this.#applier.hasNotesAtEnd;
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
   * @throws {ChatError} `unavailable`, if the journal does not answer; the reason of `signal`, once
   * it is aborted.
   */
  async catchUp(signal: AbortSignal): Promise<void> {
    const { journal } = this.#options;
    // Not the newest entry of this room: a question for each room would be many at once.
    await journal.reach(await journal.last(), signal);
    await this.#untilApplied(this.#received, signal);
  }

  /**
   * Applies everything up to the newest entry, with which an append conflicted, and checks that the
   * older ones have not been deleted.
   *
   * @param newest Its place. Default: asks the journal.
   * @throws {ChatError} as {@linkcode catchUp}.
   */
  async resolveConflict(signal: AbortSignal, newest?: number): Promise<void> {
    const { journal, key } = this.#options;
    const last = newest ?? await journal.newest(key);
    if (last > this.place) await journal.reach(last, signal);
    await this.#untilApplied(last, signal);
    if (last < this.place) await this.#checkKept();
  }

  /** Checks that the newest entry has not been deleted. If it was another room's, goes on. */
  async #checkKept(): Promise<void> {
    const { journal, key } = this.#options;
    const { place, ownPlace } = this.#applier;
    const newest = await journal.newest(key);
    if (newest >= place || place !== this.place) return;
    if (newest >= ownPlace) {
      this.#applier.pass(newest); // A room of this name was removed before, and purged just now.
      return;
    }
    await sleep(REMOVED_MS, this.#closing.signal); // A log is closed when its room is removed.
    this.#fail(deletedError(ownPlace));
    this.check();
  }

  /** Applies nothing more. */
  close(): void {
    this.#listening[Symbol.dispose]();
    this.#closing.abort(new ChatError("unavailable", "The room is closed"));
  }

  async #start(): Promise<void> {
    await this.#applier.start(await this.#options.replica(0));
    await this.#checkReplica();
    await this.#readAll();
    this.#reader.isPatient = true;
    this.#applying = undefined;
  }

  /**
   * Checks that the journal has everything that a kept replica has. Dropping the replica could drop
   * the only copy of these notes.
   */
  async #checkReplica(): Promise<void> {
    const { journal, key } = this.#options;
    const { mark } = this.replica;
    if (!mark) return;
    await confirmBatch(journal, mark);
    if (await journal.newest(key) < mark.place) throw deletedError(mark.place);
  }

  #receive(entry: Entry): void {
    this.#enqueue(this.#reader.decode(entry));
  }

  #enqueue(placed: Placed): void {
    this.#received = Math.max(this.#received, placed.place);
    this.#hasMissed ||= this.#queue.length >= MAX_QUEUED;
    if (!this.#hasMissed) this.#queue.push(placed);
    this.#applyQueue();
  }

  /** Starts to apply what has arrived, unless that is being done. */
  #applyQueue(): void {
    if (this.#failure || this.#queue.length === 0 && !this.#hasMissed) return;
    this.#applying ??= this.#applyAll()
      .catch((cause) => this.#fail(cause))
      .finally(() => {
        this.#applying = undefined;
        this.#applyQueue(); // What has arrived since the last look at the queue.
        this.#progress.notify();
      });
  }

  async #applyAll(): Promise<void> {
    await this.#applier.applyAll(this.#queue, (placed) => this.#repair(placed));
    if (!this.#hasMissed) return;
    this.#hasMissed = false; // What arrives from here on comes after what is read.
    await this.#readAll();
  }

  /** Reads what is missing before a batch that was received. */
  async #repair({ place, batch: { first } }: Placed): Promise<void> {
    if (first <= this.head) throw this.#misplacedError(place, first);
    const newest = await this.#readAll();
    if (newest === 0) this.#applier.pass(place); // The room has been removed with its batches.
  }

  /** Reads and applies everything appended before the call. Returns the place of the newest. */
  async #readAll(): Promise<number> {
    while (true) {
      const newest = await this.#reader.newest();
      if (newest <= this.place) return newest;
      const batches = await this.#reader.readAfter(this.place);
      await this.#applier.applyAll(batches, (placed) => this.#skipTo(placed));
    }
  }

  /** Goes on at a batch whose predecessors are no longer in the journal. */
  async #skipTo({ place, batch: { first } }: Placed): Promise<void> {
    if (first <= this.head) throw this.#misplacedError(place, first);
    this.#applier.restart(await this.#options.replica(first - 1), first - 1);
  }

  #misplacedError(place: number, first: number): Error {
    return new Error(`the batch at ${place} starts at ${first}, but ${this.head} are there`);
  }

  /** Stops serving the room: going on would give positions that other servers do not give. */
  #fail(cause: unknown): void {
    if (this.#failure || this.#closing.signal.aborted) return;
    this.#listening[Symbol.dispose]();
    this.#queue.length = 0;
    this.#failure = this.#failureOf(cause);
    this.#options.onFailure(this.#failure);
    this.#progress.notify();
  }

  #failureOf(cause: unknown): ChatError {
    const words = `Cannot serve room "${this.#options.room}": ${errorMessage(cause)}`;
    return new ChatError("unavailable", words, { cause });
  }

  async #untilApplied(place: number, signal: AbortSignal): Promise<void> {
    const wakeup = new Wakeup();
    using _progress = this.#progress.add(wakeup);
    while (this.#applying && this.place < place) await wakeup.wait(signal);
    this.check();
  }
}

function deletedError(place: number): Error {
  return new Error(`its entries up to ${place} were deleted`);
}
