import type { Batch } from "../../../proto/batch.ts";
import type { Note } from "../../../room/note.ts";
import { nextTick } from "../../event_loop.ts";
import type { Replica } from "./replica.ts";

/** The notes that are applied before others get a turn. */
const SLICE = 1_000;

/** A batch, and its place in the journal. */
export interface Placed {
  readonly place: number;
  readonly batch: Batch;
}

/** The dependencies of an applier. */
export interface BatchApplierOptions {
  /** Batches of other histories are passed over. */
  readonly history: string;
  /** Called for each batch once the replica has its notes, in order. */
  readonly onBatch: (batch: Batch, notes: readonly Note[]) => void;
  /** Called once several batches are applied. */
  readonly onProgress: () => void;
}

/** Applies the batches of a room to its replica: in order, each once. */
export class BatchApplier {
  readonly #options: BatchApplierOptions;
  #replica!: Replica; // Set by start().
  #place = 0;
  #ownPlace = 0;
  #head = 0;
  #newestTime = 0;
  #hasNotesAtEnd = false;

  constructor(options: BatchApplierOptions) {
    this.#options = options;
  }

  get replica(): Replica {
    return this.#replica;
  }

  /** The place of the newest batch that has been applied, of any history; 0 if there is none. */
  get place(): number {
    return this.#place;
  }

  /** The place of the newest batch of this history; 0 if there is none. */
  get ownPlace(): number {
    return this.#ownPlace;
  }

  /** The position of the newest note that has been applied. */
  get head(): number {
    return this.#head;
  }

  /** The time of the newest batch or note, in milliseconds since the Unix epoch. */
  get newestTime(): number {
    return this.#newestTime;
  }

  /** Whether the newest batch has notes. */
  get hasNotesAtEnd(): boolean {
    return this.#hasNotesAtEnd;
  }

  /** Goes on where a replica is that was kept. */
  async start(replica: Replica): Promise<void> {
    const { mark, first, head } = replica;
    this.#replica = replica;
    this.#place = this.#ownPlace = mark?.place ?? 0;
    this.#head = head;
    this.#hasNotesAtEnd = true; // Perhaps; otherwise an empty batch too many does no harm.
    const [newest] = first <= head ? await replica.read(head, { notes: 1, chars: 1 }) : [];
    this.#newestTime = newest?.time ?? 0;
  }

  /** Goes on in an empty replica that begins after `head`. */
  restart(replica: Replica, head: number): void {
    this.#replica = replica;
    this.#head = head;
  }

  /** Goes on after a place: what was there, or up to there, was a room that has been removed. */
  pass(place: number): void {
    this.#place = place;
  }

  /**
   * Applies batches in order, and removes them from `queue`.
   *
   * @param onGap Called for a batch that does not start after the newest note.
   * @throws what `onGap` throws, or the replica, if it cannot store them.
   */
  async applyAll(queue: Placed[], onGap: (placed: Placed) => Promise<void>): Promise<void> {
    while (queue.length > 0) {
      const slice = this.#takeSlice(queue);
      if (slice.length > 0) await this.#write(slice);
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

  async #write(slice: readonly Placed[]): Promise<void> {
    const stored = await Promise.all(slice.map((placed) => this.#extend(placed)));
    slice.forEach((placed, i) => this.#applied(placed, stored[i]!));
    this.#options.onProgress();
  }

  async #extend(placed: Placed): Promise<readonly Note[]> {
    if (!this.#isOurs(placed)) return [];
    const { place, batch: { notes, time, attempt } } = placed;
    return await this.#replica.extend(notes, time, { place, attempt });
  }

  #applied(placed: Placed, notes: readonly Note[]): void {
    const { place, batch } = placed;
    this.#place = place;
    this.#hasNotesAtEnd = batch.notes.length > 0;
    if (!this.#isOurs(placed)) return;
    this.#ownPlace = place;
    this.#head += notes.length;
    this.#newestTime = Math.max(this.#newestTime, batch.time, notes.at(-1)?.time ?? 0);
    this.#options.onBatch(batch, notes);
  }
}
