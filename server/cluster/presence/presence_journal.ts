import { sleep } from "../../sleep.ts";
import type { Entry, Journal } from "../engine.ts";
import { decodeEvent, encodeEvent, type PresenceEvent } from "./presence_event.ts";
import type { PresenceSnapshot, PresenceState, Verdict } from "./presence_state.ts";
import { decodeParts, encodeParts } from "./snapshot_parts.ts";

/** The keys of the entries: of joins and leaves, and of the snapshots that replace them. */
const EVENT = "event";
const SNAPSHOT = "snapshot";

/** The dependencies of the journal. */
export interface PresenceJournalOptions {
  readonly journal: Journal;
  readonly state: PresenceState;
  readonly maxEntryBytes: number;
  /** The number of entries after which a snapshot replaces them, if there are fewer sessions. */
  readonly snapshotEvery: number;
  /** The pause before an entry that is missing is read again, in milliseconds. */
  readonly retryMs: number;
  /** Called after an entry was applied. */
  readonly onApplied: (event: PresenceEvent, verdict: Verdict | undefined) => void;
  /**
   * Called when the state has been read, at the start, and again after this server has missed
   * entries that are purged.
   */
  readonly onRead: () => void;
  /** Called when an entry cannot be read or applied. */
  readonly onError: (error: unknown) => void;
  /** Aborted when the server stops. */
  readonly signal: AbortSignal;
}

/**
 * Applies the journal of joins and leaves to the state, each entry once, in order. From time to time
 * a server stores a snapshot of the state, and purges the entries before it; a new server begins
 * with the newest snapshot.
 */
export class PresenceJournal {
  readonly #options: PresenceJournalOptions;
  /** Entries that have arrived and are not applied yet. */
  #arrived: Entry[] = [];
  /** The last applied position. */
  #position = 0;
  /** The position of the newest part of any snapshot; 0 if there is none. */
  #newestPart = 0;
  /** The number of entries since the newest snapshot. */
  #sinceSnapshot = 0;
  #isReading = false;
  #isStoring = false;

  private constructor(options: PresenceJournalOptions) {
    this.#options = options;
  }

  /** Reads the journal, and follows it until `signal` is aborted. */
  static async open(options: PresenceJournalOptions): Promise<PresenceJournal> {
    const { journal, signal } = options;
    const opened = new PresenceJournal(options);
    const listening = journal.listen((entry) => opened.#receive(entry)); // Nothing must be missed.
    signal.addEventListener("abort", () => listening[Symbol.dispose](), { once: true });
    await opened.#read();
    return opened;
  }

  /** Appends an event. */
  async append(event: PresenceEvent): Promise<void> {
    await this.#options.journal.append(EVENT, encodeEvent(event));
  }

  /** Stores a snapshot of the state instead of the entries that led to it, if they are many. */
  async compact(): Promise<void> {
    const { state, snapshotEvery } = this.#options;
    // A snapshot is as large as the joins of all sessions.
    const isDue = this.#sinceSnapshot >= Math.max(snapshotEvery, state.size);
    if (!isDue || this.#isStoring || this.#isReading) return;
    this.#isStoring = true;
    try {
      await this.#store(state.snapshot());
    } catch {
      // Another server has stored one, or the engine did not answer: a later entry tries again.
    } finally {
      this.#isStoring = false;
    }
  }

  async #store(snapshot: PresenceSnapshot): Promise<void> {
    const { journal, maxEntryBytes } = this.#options;
    const position = this.#position;
    let last = this.#newestPart;
    let first: number | undefined;
    for (const part of encodeParts({ position, snapshot }, maxEntryBytes)) {
      // Only after the newest part that this server has seen, so that snapshots never interleave.
      last = await journal.append(SNAPSHOT, part, { expected: { last, scope: "key" } });
      first ??= last;
    }
    await journal.purge(SNAPSHOT, first!);
    await journal.purge(EVENT, position + 1);
  }

  #receive(entry: Entry): void {
    this.#arrived.push(entry);
    if (!this.#isReading) this.#applyArrived();
  }

  /** Applies what has arrived. Positions have no gaps, so that a gap is what this server missed. */
  #applyArrived(): void {
    while (this.#arrived.length > 0) {
      const entry = this.#arrived[0]!;
      if (entry.seq > this.#position + 1) {
        void this.#read();
        return;
      }
      this.#arrived.shift();
      if (entry.seq > this.#position) this.#apply(entry);
    }
  }

  /** Reads the newest snapshot and all entries after it, until what has arrived goes on from there. */
  async #read(): Promise<void> {
    const { signal, retryMs, onError } = this.#options;
    this.#isReading = true;
    while (!signal.aborted) {
      const isComplete = await this.#readOnce().catch((error) => {
        onError(error);
        return false;
      });
      if (isComplete) break;
      await sleep(retryMs, signal).catch(() => {}); // Then the server stops.
    }
    this.#isReading = false;
    this.#options.onRead();
    this.#applyArrived();
  }

  /** Returns false if an entry is missing: an engine's node is late, or there is a newer snapshot. */
  async #readOnce(): Promise<boolean> {
    const { journal, state } = this.#options;
    const parts = await this.#readSnapshots();
    const newest = decodeParts<{ position: number; snapshot: PresenceSnapshot }>(parts);
    state.restore(newest?.snapshot ?? { gone: [], rooms: [] });
    this.#position = newest?.position ?? 0;
    this.#newestPart = parts.at(-1)?.seq ?? 0;
    this.#sinceSnapshot = 0;
    while (this.#position < this.#target(journal)) {
      const entries = await journal.read(this.#position + 1, 500);
      if (entries.length === 0) return false;
      for (const entry of entries) {
        if (entry.seq !== this.#position + 1) return false;
        this.#apply(entry);
      }
    }
    return true;
  }

  /**
   * The position up to which entries are read: those after it have arrived. It includes all parts of
   * snapshots, since a snapshot that this server stores must cover all older ones.
   */
  #target({ seen }: Journal): number {
    const first = this.#arrived.find(({ seq }) => seq > this.#position);
    return Math.max(first === undefined ? seen : first.seq - 1, this.#newestPart);
  }

  async #readSnapshots(): Promise<Entry[]> {
    const parts: Entry[] = [];
    while (true) {
      const more = await this.#options.journal.read((parts.at(-1)?.seq ?? 0) + 1, 100, SNAPSHOT);
      if (more.length === 0) return parts;
      parts.push(...more);
    }
  }

  #apply({ seq, key, data }: Entry): void {
    this.#position = seq;
    if (key === SNAPSHOT) {
      this.#newestPart = seq;
      this.#sinceSnapshot = 0;
      return;
    }
    this.#sinceSnapshot++;
    try {
      const event = decodeEvent(data);
      if (event) this.#options.onApplied(event, this.#options.state.apply(event));
    } catch (error) {
      this.#options.onError(error); // The other servers pass over it, too.
    }
  }
}
