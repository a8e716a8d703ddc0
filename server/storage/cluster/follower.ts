import { type Batch, decodeBatch } from "../../../proto/batch.ts";
import { ChatError, errorMessage } from "../../../room/errors.ts";
import { Wakeup, Wakeups } from "../../../room/wakeup.ts";
import type { Entry, Journal } from "../../cluster/engine.ts";
import { sleep } from "../../sleep.ts";
import { BatchApplier, type BatchApplierOptions, type Placed } from "./batch_applier.ts";
import type { MakeReplica, Replica } from "./replica.ts";

/** The most entries that are read at once. */
const READ = 256;

/** The wait before a read is repeated that should have found more, in milliseconds. */
const READ_AGAIN_MS = 20;

/** The wait before a replica that could not store batches gets them again, in milliseconds. */
const WRITE_AGAIN_MS = 1_000;

/**
 * The time after which a room whose notes are gone has not been removed, in milliseconds: otherwise
 * this server would have heard of it.
 */
const REMOVED_MS = 1_000;

/** Stands for an entry that is no batch: it belongs to no history. */
const NO_BATCH: Batch = { first: 0, time: 0, history: "", attempt: "", notes: [] };

/** What a follower follows. */
export interface FollowerOptions extends Pick<BatchApplierOptions, "history" | "onBatch"> {
  /** The room's name, for errors. */
  readonly room: string;
  readonly journal: Journal;
  /** The key of the room's batches. */
  readonly key: string;
  readonly replica: MakeReplica;
  /** Called if the room cannot be served any more, and for each entry that cannot be read. */
  readonly onError: (error: unknown) => void;
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
  readonly #applier: BatchApplier;
  /** Batches that are to be applied. */
  readonly #queue: Placed[] = [];
  /** Settles when the queue has been applied; undefined while it is empty. */
  #applying: Promise<void> | undefined;
  /** Whether everything older than this follower has been read. */
  #isOpen = false;
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
    this.#applier = new BatchApplier({
      ...options,
      onProgress: () => this.#progress.notify(),
      onFailure: (error) => this.#waitForReplica(error),
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
   * @param newest The place of the newest entry, if that is known.
   * @throws {ChatError} `unavailable`, if the journal does not answer; the reason of `signal`, once
   * it is aborted.
   */
  async catchUp(signal: AbortSignal, newest?: number): Promise<void> {
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
    this.#fail(new Error(`its entries up to ${ownPlace} were deleted`));
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
    this.#isOpen = true;
    this.#applying = undefined;
  }

  /** Checks that the journal has everything that a kept replica has. */
  async #checkReplica(): Promise<void> {
    const { place } = this;
    const last = place > 0 ? await this.#options.journal.newest(this.#options.key) : 0;
    if (last < place) {
      // Dropping the replica could drop the only copy of these notes.
      throw new Error(`it ends at ${last}, but this server has its entries up to ${place}`);
    }
  }

  /** Waits until a replica that could not store batches gets them again. */
  async #waitForReplica(error: unknown): Promise<void> {
    if (!this.#isOpen) throw error;
    this.#options.onError(error);
    await sleep(WRITE_AGAIN_MS, this.#closing.signal);
  }

  #receive(entry: Entry): void {
    this.#enqueue(this.#decode(entry));
  }

  /** Decodes an entry. One that is no batch is passed over by all servers, like another history. */
  #decode({ seq, data }: Entry): Placed {
    try {
      return { place: seq, batch: decodeBatch(data) };
    } catch (cause) {
      const { room, onError } = this.#options;
      const words = `The entry ${seq} of the room "${room}" in the servers' journal is no batch`;
      onError(new Error(`${words} of notes: it is passed over`, { cause }));
      return { place: seq, batch: NO_BATCH };
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
      if (batch.first > this.head) return this.#repair(place);
      throw this.#overlap({ place, batch });
    };
    this.#applying ??= this.#applier.applyAll(this.#queue, repair)
      .catch((cause) => this.#fail(cause))
      .finally(() => {
        this.#applying = undefined;
        this.#applyQueue(); // What has arrived since the last look at the queue.
        this.#progress.notify();
      });
  }

  /** Reads what is missing before a batch that was received, for as long as the journal takes. */
  async #repair(place: number): Promise<void> {
    try {
      const newest = await this.#readAll();
      if (newest === 0) this.#applier.pass(place); // The room has been removed with its batches.
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
      if (newest <= this.place) return newest;
      // A node may answer that does not have the newest entries yet: then the read is repeated.
      const entries = await journal.read(this.place + 1, READ, key);
      if (entries.length === 0) await sleep(READ_AGAIN_MS, this.#closing.signal);
      const batches = entries.map((entry) => this.#decode(entry));
      await this.#applier.applyAll(batches, (placed) => this.#skipTo(placed));
    }
  }

  /** Goes on at a batch whose predecessors are no longer in the journal. */
  async #skipTo(placed: Placed): Promise<void> {
    const { first } = placed.batch;
    if (first <= this.head) throw this.#overlap(placed);
    this.#applier.restart(await this.#options.replica(first - 1), first - 1);
  }

  #overlap({ place, batch: { first } }: Placed): Error {
    const words = `the entry ${place} of the servers' journal starts with note ${first}`;
    return new Error(`${words}, and this server has ${this.head} notes already`);
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
    const words = `Cannot serve the room "${this.#options.room}": ${errorMessage(cause)}`;
    return new ChatError("unavailable", words, { cause });
  }

  async #untilApplied(place: number, signal: AbortSignal): Promise<void> {
    const wakeup = new Wakeup();
    using _progress = this.#progress.add(wakeup);
    while (this.#applying && this.place < place) await wakeup.wait(signal);
    this.check();
  }
}
