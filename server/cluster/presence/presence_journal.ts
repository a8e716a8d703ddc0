import { ChatError } from "../../../room/errors.ts";
import { sleep } from "../../sleep.ts";
import type { Attempts } from "../attempts.ts";
import { Conflict, type Entry, type Journal, UnknownOutcome } from "../engine.ts";
import { decodeEvent, encodeEvent, type PresenceEvent } from "./presence_event.ts";
import {
  EMPTY,
  isSnapshot,
  type PresenceSnapshot,
  type PresenceState,
  type Verdict,
} from "./presence_state.ts";
import { isCount, objectOf } from "../shape.ts";
import { decodeParts, encodeParts } from "./snapshot_parts.ts";

/** The keys of the entries: of joins and leaves, and of the snapshots that replace them. */
const EVENT = "event";
const SNAPSHOT = "snapshot";

/** A snapshot, as it is stored. */
interface Snapshot {
  /** The position of the last entry that it covers. */
  readonly position: number;
  readonly snapshot: PresenceSnapshot;
}

const isStored = objectOf({ position: isCount, snapshot: isSnapshot });

/** The dependencies of the journal. */
export interface PresenceJournalOptions {
  readonly journal: Journal;
  readonly state: PresenceState;
  /** Returns the most bytes of an entry, as of now. */
  readonly maxEntryBytes: () => number;
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

  /**
   * Reads the journal, and follows it until `signal` is aborted.
   *
   * @throws {ChatError} `unavailable`, if it cannot be read in time.
   */
  static async open(options: PresenceJournalOptions, attempts: Attempts): Promise<PresenceJournal> {
    const { journal, signal } = options;
    const opened = new PresenceJournal(options);
    const listening = journal.listen((entry) => opened.#receive(entry)); // Nothing must be missed.
    signal.addEventListener("abort", () => listening[Symbol.dispose](), { once: true });
    opened.#isReading = true;
    await attempts.repeat(() => opened.#readOnce());
    opened.#onRead();
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
      await this.#store({ position: this.#position, snapshot: state.snapshot() }, this.#newestPart);
    } catch (error) {
      // Another server has stored one, or the engine did not answer: the next entry tries again.
      if (error instanceof Conflict || error instanceof UnknownOutcome) return;
      this.#sinceSnapshot = 0; // As many entries later.
      this.#options.onError(error);
    } finally {
      this.#isStoring = false;
    }
  }

  /**
   * Stores a snapshot, only after the newest part that this server has seen, so that snapshots never
   * interleave. Then it deletes what the snapshot replaces.
   */
  async #store(stored: Snapshot, newestPart: number): Promise<void> {
    const { journal, maxEntryBytes } = this.#options;
    let last = newestPart;
    let first: number | undefined;
    for (const part of encodeParts(stored, maxEntryBytes())) {
      last = await journal.append(SNAPSHOT, part, { expected: { last, scope: "key" } });
      first ??= last;
    }
    await journal.purge(SNAPSHOT, first!);
    await journal.purge(EVENT, stored.position + 1);
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
        void this.#readAgain();
        return;
      }
      this.#arrived.shift();
      if (entry.seq > this.#position) this.#apply(entry);
    }
  }

  /** Reads again what this server has missed. It does not give up. */
  async #readAgain(): Promise<void> {
    const { signal, retryMs, onError } = this.#options;
    this.#isReading = true;
    let report: typeof onError | undefined = onError; // For the first of many.
    for (let isRead = false; !isRead && !signal.aborted;) {
      try {
        await this.#readOnce();
        isRead = true;
      } catch (error) {
        if (!(error instanceof EntryMissing)) {
          report?.(error);
          report = undefined;
        }
        await sleep(retryMs, signal).catch(() => {}); // Then the server stops.
      }
    }
    this.#onRead();
  }

  #onRead(): void {
    this.#isReading = false;
    this.#options.onRead();
    this.#applyArrived();
  }

  /**
   * Reads everything, and only then replaces the state by it.
   *
   * @throws {ChatError} `unavailable`, if the engine does not answer, or an entry is missing: one of
   * its nodes is late, or there is a newer snapshot, or the journal was lost.
   */
  async #readOnce(): Promise<void> {
    const parts = await this.#readSnapshots();
    const newestPart = parts.at(-1)?.seq ?? 0;
    const { position, snapshot } = newestSnapshot(parts);
    const entries = await this.#readAfter(position, newestPart);
    this.#options.state.restore(snapshot);
    this.#position = position;
    this.#newestPart = newestPart;
    this.#sinceSnapshot = 0;
    for (const entry of entries) this.#apply(entry);
  }

  /** Reads the entries after a position, up to what has arrived. */
  async #readAfter(position: number, newestPart: number): Promise<Entry[]> {
    const { journal } = this.#options;
    const entries: Entry[] = [];
    for (let last = position; last < this.#target(last, newestPart);) {
      const { seen } = journal;
      const more = await journal.read(last + 1, 500);
      const isDeleted = (more[0]?.seq ?? seen + 1) > last + 1;
      if (isDeleted) await this.#checkLost(newestPart);
      if (more.length === 0) throw new EntryMissing(last + 1);
      for (const entry of more) {
        if (entry.seq !== last + 1) throw new EntryMissing(last + 1);
        entries.push(entry);
        last = entry.seq;
      }
    }
    return entries;
  }

  /**
   * Begins anew if entries are deleted that no snapshot replaces: an administrator has purged the
   * journal, or an entry of another program is in the place of a snapshot. All servers forget all
   * sessions at the same entry, and join again with their own.
   */
  async #checkLost(newestPart: number): Promise<void> {
    const { journal, onError } = this.#options;
    if (await journal.newest(SNAPSHOT) !== newestPart) return; // There is a newer one.
    const position = await journal.append(EVENT, encodeEvent({ type: "lost" }));
    onError(new Error("The journal of joins was purged, or has no valid snapshot: it begins anew"));
    await this.#store({ position, snapshot: EMPTY }, newestPart);
  }

  /**
   * The position up to which entries are read: those after it have arrived. It includes all parts of
   * snapshots, since a snapshot that this server stores must cover all older ones.
   */
  #target(last: number, newestPart: number): number {
    const first = this.#arrived.find(({ seq }) => seq > last);
    const { seen } = this.#options.journal;
    return Math.max(first === undefined ? seen : first.seq - 1, newestPart);
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

/** Returns the newest snapshot in these parts; without one, that of the journal's beginning. */
function newestSnapshot(parts: readonly Entry[]): Snapshot {
  const { seq = 0, value } = decodeParts(parts) ?? {};
  const stored = value as Snapshot;
  return isStored(value) && stored.position < seq ? stored : { position: 0, snapshot: EMPTY };
}

/** The engine's node that answered is late, or a newer snapshot has replaced the entry. */
class EntryMissing extends ChatError {
  constructor(seq: number) {
    super("unavailable", `The engine does not have the entry ${seq} of the journal of joins yet`);
  }
}
