import {
  type AppendOptions,
  Conflict,
  type Engine,
  type EngineFigures,
  type Entry,
  type Journal,
  type Journals,
  UnknownOutcome,
} from "../../../server/cluster/engine.ts";
import { ChatError } from "../../../room/errors.ts";
import { Wakeup, Wakeups } from "../../../room/wakeup.ts";

/**
 * A fault that the next append meets: its answer is lost after it was stored, or before; or it is on
 * its way until `MemoryCluster.arriveLate()`.
 */
export type Fault = "stored, not answered" | "not stored, not answered" | "late, not answered";

/** Entries in memory, which the journals of all servers of a `MemoryCluster` share. */
class SharedJournal {
  entries: Entry[] = [];
  last = 0;
  readonly servers = new Set<MemoryJournal>();
  readonly faults: Fault[] = [];
  /** Appends that are on their way. */
  readonly late: (() => void)[] = [];
  /** The number of reads to come that a node without the newest entry answers. */
  staleReads = 0;

  /** @param keepsOnePerKey Whether only the newest entry of a key is kept. */
  constructor(readonly keepsOnePerKey: boolean) {}

  append(key: string, data: Uint8Array, options: AppendOptions): number {
    const fault = this.faults.shift();
    if (fault === "late, not answered") this.late.push(() => this.#store(key, data, options));
    if (fault?.includes("late") || fault?.includes("not stored")) {
      throw new UnknownOutcome("no answer");
    }
    const seq = this.#store(key, data, options);
    if (fault !== undefined) throw new UnknownOutcome("no answer");
    return seq;
  }

  newest(key: string): number {
    return this.entries.findLast((entry) => entry.key === key)?.seq ?? 0;
  }

  #store(key: string, data: Uint8Array, { expected }: AppendOptions): number {
    const newest = expected?.scope === "key" ? this.newest(key) : this.last;
    if (expected && expected.last !== newest) throw new Conflict(`the newest is ${newest}`, newest);
    const entry = { seq: ++this.last, key, data: data.slice(), time: Date.now() };
    if (this.keepsOnePerKey) this.entries = this.entries.filter((old) => old.key !== key);
    this.entries.push(entry);
    for (const server of this.servers) server.arrive(entry);
    return entry.seq;
  }
}

/** The view that one server has of a journal. */
class MemoryJournal implements Journal {
  readonly #shared: SharedJournal;
  readonly #listeners = new Set<(entry: Entry) => void>();
  readonly #arrivals = new Wakeups();
  /** Entries that have arrived while delivery is paused. */
  #held: Entry[] = [];
  #isPaused = false;
  /** Whether reads are answered. */
  isReachable = true;
  seen: number;

  constructor(shared: SharedJournal) {
    this.#shared = shared;
    this.seen = shared.last;
    shared.servers.add(this);
  }

  async append(key: string, data: Uint8Array, options: AppendOptions = {}): Promise<number> {
    await Promise.resolve(); // As over a network: nothing has happened when the call returns.
    return this.#shared.append(key, data, options);
  }

  async read(from: number, most: number, key?: string): Promise<Entry[]> {
    await Promise.resolve();
    this.#checkReachable();
    const found = this.#shared.entries.filter((entry) =>
      entry.seq >= from && (key === undefined || entry.key === key)
    );
    if (this.#shared.staleReads > 0) {
      this.#shared.staleReads--;
      found.pop();
    }
    return found.slice(0, most);
  }

  async newest(key: string): Promise<number> {
    await Promise.resolve();
    this.#checkReachable();
    return this.#shared.newest(key);
  }

  async last(): Promise<number> {
    await Promise.resolve();
    this.#checkReachable();
    return this.#shared.last;
  }

  listen(onEntry: (entry: Entry) => void, key?: string): Disposable {
    const listener = (entry: Entry) => {
      if (key === undefined || entry.key === key) onEntry(entry);
    };
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  async reach(seq: number, signal = new AbortController().signal): Promise<void> {
    const wakeup = new Wakeup();
    using _arrivals = this.#arrivals.add(wakeup);
    while (this.seen < seq) await wakeup.wait(signal);
  }

  async confirm(seq: number, isSame: (entry: Entry) => boolean): Promise<void> {
    await Promise.resolve();
    this.#checkReachable();
    const { last, entries } = this.#shared;
    const lost = (words: string) => new ChatError("lost", `The engine lost entries: ${words}`);
    if (last < seq) throw lost(`it is at ${last} and was at ${seq}`);
    const entry = entries.find((entry) => entry.seq === seq);
    if (entry && !isSame(entry)) throw lost(`it has another entry at ${seq}`);
  }

  purge(key: string, before: number): Promise<void> {
    const { entries } = this.#shared;
    this.#shared.entries = entries.filter((entry) => entry.key !== key || entry.seq >= before);
    return Promise.resolve();
  }

  arrive(entry: Entry): void {
    this.#held.push(entry);
    if (!this.#isPaused) queueMicrotask(() => this.#deliver());
  }

  /** Holds entries back, as on a slow network, until `resume()`. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#deliver();
  }

  /** Goes on after a gap that was repaired by reading: what was replaced meanwhile is missing. */
  resumeByReading(): void {
    const stored = new Set(this.#shared.entries);
    const missed = this.#held.splice(0);
    this.#held.push(...missed.filter((entry) => stored.has(entry)));
    this.resume();
  }

  /** Loses the entries that are held back, and goes on, as when an engine's feed has a gap. */
  resumeWithGap(): void {
    this.#held.length = 0;
    this.resume();
  }

  /** Like `resume()`, after so long that entries which were deleted meanwhile are missing. */
  resumeLate(): void {
    this.#held = this.#held.filter((entry) => this.#shared.entries.includes(entry));
    this.resume();
  }

  #deliver(): void {
    while (!this.#isPaused && this.#held.length > 0) {
      const entry = this.#held.shift()!;
      this.seen = entry.seq;
      for (const listener of [...this.#listeners]) listener(entry);
      this.#arrivals.notify();
    }
  }

  #checkReachable(): void {
    if (!this.isReachable) throw new ChatError("unavailable", "The engine does not answer");
  }

  close(): void {
    this.#shared.servers.delete(this);
  }
}

/** An engine in memory, for tests of what is built on one. */
export class MemoryCluster {
  readonly #shared = {
    notes: new SharedJournal(false),
    state: new SharedJournal(true),
    presence: new SharedJournal(false),
  };
  readonly #engines = new Set<MemoryEngine>();

  /** Connects a server. */
  connect(): MemoryEngine {
    const { notes, state, presence } = this.#shared;
    const engine = new MemoryEngine({
      journals: {
        notes: new MemoryJournal(notes),
        state: new MemoryJournal(state),
        presence: new MemoryJournal(presence),
      },
      sendToAll: (topic, data) => {
        for (const each of this.#engines) each.receive(topic, data);
      },
      onClose: () => void this.#engines.delete(engine),
    });
    this.#engines.add(engine);
    return engine;
  }

  /** Lets the next appends to a journal fail, one fault each. */
  fail(journal: keyof Journals, ...faults: Fault[]): void {
    this.#shared[journal].faults.push(...faults);
  }

  /** Lets the appends arrive that are on their way. They may come too late. */
  arriveLate(journal: keyof Journals): void {
    for (const store of this.#shared[journal].late.splice(0)) {
      try {
        store();
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
      }
    }
  }

  /** Loses the entries of a journal after a position, as after a power cut. */
  forget(journal: keyof Journals, last: number): void {
    const shared = this.#shared[journal];
    shared.entries = shared.entries.filter(({ seq }) => seq <= last);
    shared.last = last;
  }

  /** Lets a node that does not have the newest entry answer the next reads. */
  makeReadsStale(journal: keyof Journals, reads: number): void {
    this.#shared[journal].staleReads = reads;
  }
}

interface MemoryEngineOptions {
  readonly journals: Readonly<Record<keyof Journals, MemoryJournal>>;
  readonly sendToAll: (topic: string, data: Uint8Array) => void;
  readonly onClose: () => void;
}

/** The connection of one server to a `MemoryCluster`. */
export class MemoryEngine implements Engine {
  readonly journals: Readonly<Record<keyof Journals, MemoryJournal>>;
  /** The most bytes of one entry. Tests change it. */
  maxEntryBytes = 1_048_576;
  readonly name = "chat";
  readonly replicas = 1;
  /** What operators see of it. Tests change it. */
  figures: EngineFigures = { behind: 0, conflicts: 0, repairs: 0, clockOffsetMs: undefined };
  isConnected = true;
  silentMs = 0;
  readonly #losses = new Set<(error: ChatError) => void>();
  readonly #options: MemoryEngineOptions;
  readonly #listeners = new Map<string, Set<(data: Uint8Array) => void>>();
  readonly #connection = new Set<(isConnected: boolean) => void>();

  constructor(options: MemoryEngineOptions) {
    this.journals = options.journals;
    this.#options = options;
  }

  onConnection(onChange: (isConnected: boolean) => void): Disposable {
    this.#connection.add(onChange);
    return { [Symbol.dispose]: () => void this.#connection.delete(onChange) };
  }

  /** Loses the connection, or has it back. */
  setConnected(isConnected: boolean): void {
    this.isConnected = isConnected;
    for (const onChange of this.#connection) onChange(isConnected);
  }

  onLoss(onLoss: (error: ChatError) => void): Disposable {
    this.#losses.add(onLoss);
    return { [Symbol.dispose]: () => void this.#losses.delete(onLoss) };
  }

  lose(reason: string): ChatError {
    const error = new ChatError("lost", `The engine lost entries: ${reason}`);
    for (const onLoss of this.#losses) onLoss(error);
    return error;
  }

  send(topic: string, data: Uint8Array): void {
    if (this.isConnected) this.#options.sendToAll(topic, data);
  }

  listen(topic: string, onMessage: (data: Uint8Array) => void): Disposable {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(onMessage));
    return { [Symbol.dispose]: () => void listeners.delete(onMessage) };
  }

  /** Passes on a message that a server has sent, in a turn of its own. */
  receive(topic: string, data: Uint8Array): void {
    queueMicrotask(() => {
      for (const onMessage of this.#listeners.get(topic) ?? []) onMessage(data);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const journal of Object.values(this.journals)) journal.close();
    this.#options.onClose();
    return Promise.resolve();
  }
}
