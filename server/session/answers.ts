import type { Buffer } from "node:buffer";
import type { AckInit, FoundInit, OutcomeInit, RefusalInit } from "../../proto/mod.ts";
import type { Rooms } from "../../room/state/rooms.ts";
import { Wakeup } from "../../room/wakeup.ts";
import type { PostTrace } from "../metrics/post_trace.ts";
import { encode, encodeRooms } from "../server_frame.ts";

/** The answers of a session to posts and other requests: due ones, and the number of all others. */
export class Answers {
  readonly #maxInFlight: number;
  readonly #onDue: () => void;
  /** Notified when answers have been encoded, so that more requests may be read. Made if needed. */
  #answered: Wakeup | undefined;
  /** Notified when parts of a search have been encoded. Made if needed. */
  #foundTaken: Wakeup | undefined;
  /** The number of posts and requests that were read but not answered yet. */
  #inFlight = 0;
  /** The due answers but lists of rooms; undefined if there are none, as most of the time. */
  #due: DueAnswers | undefined;
  /** The number of due answers to `list_rooms`. */
  #listsDue = 0;
  /** Traces of posts whose answers are due. */
  #traces: PostTrace[] = [];

  /** Calls `onDue` when an answer is due. */
  constructor(maxInFlight: number, onDue: () => void) {
    this.#maxInFlight = maxInFlight;
    this.#onDue = onDue;
  }

  /** Whether everything that was read has been answered. */
  get areComplete(): boolean {
    return this.#inFlight === 0;
  }

  /**
   * Waits until more posts and requests may be in flight, and returns their number.
   *
   * @throws the reason of `signal`, once it is aborted: nothing more is accepted then.
   */
  async waitForCapacity(signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    while (this.#inFlight >= this.#maxInFlight) {
      await (this.#answered ??= new Wakeup()).wait(signal);
    }
    return this.#maxInFlight - this.#inFlight;
  }

  /** Counts posts or commands that were read. Each needs an answer. */
  expect(count: number): void {
    this.#inFlight += count;
  }

  /** Accepts posts that were stored at the given positions. */
  acknowledge(
    posts: readonly { readonly id: string }[],
    seqs: readonly number[],
    trace?: PostTrace,
  ): void {
    const { acks } = this.#makeDue();
    for (let i = 0; i < posts.length; i++) acks.push({ id: posts[i]!.id, seq: seqs[i]! });
    if (trace) this.#traces.push(trace);
    this.#onDue();
  }

  /** Refuses a post. */
  refuse(refusal: RefusalInit): void {
    this.#makeDue().refusals.push(refusal);
    this.#onDue();
  }

  /** Answers a command. */
  resolve(outcome: OutcomeInit): void {
    this.#makeDue().outcomes.push(outcome);
    this.#onDue();
  }

  /**
   * Answers a search, or a part of it. Resolves once the part is in a frame, so that a search is no
   * faster than its peer reads.
   *
   * @throws the reason of `signal`, once it is aborted.
   */
  async addFound(found: FoundInit, signal: AbortSignal): Promise<void> {
    this.#makeDue().found.push(found);
    this.#onDue();
    while (this.#due && this.#due.found.length > 0) {
      await (this.#foundTaken ??= new Wakeup()).wait(signal);
    }
  }

  /** Counts a request for the list of rooms that was read, and answers it. */
  listRooms(): void {
    this.#inFlight++;
    this.#listsDue++;
    this.#onDue();
  }

  /** Removes and returns the traces of the posts that the next frame answers. */
  takeTraces(): readonly PostTrace[] {
    if (this.#traces.length === 0) return [];
    const traces = this.#traces;
    this.#traces = [];
    return traces;
  }

  /** Removes all due answers, and returns them as parts of a frame. */
  encode(rooms: Pick<Rooms, "list">): Buffer[] {
    const due = this.#due;
    const lists = Math.min(this.#listsDue, 1); // A frame has at most one list.
    if (!due && lists === 0) return [];
    this.#due = undefined;
    this.#listsDue -= lists;
    this.#inFlight -= lists + (due ? countAnswers(due) : 0);
    this.#answered?.notify();
    this.#foundTaken?.notify();
    const parts = lists > 0 ? [encodeRooms(rooms.list())] : [];
    return due ? [encode(due), ...parts] : parts;
  }

  #makeDue(): DueAnswers {
    return this.#due ??= { acks: [], refusals: [], outcomes: [], found: [] };
  }
}

/** Answers that a frame can have any number of. */
interface DueAnswers {
  readonly acks: AckInit[];
  readonly refusals: RefusalInit[];
  readonly outcomes: OutcomeInit[];
  readonly found: FoundInit[];
}

/** The number of requests that are answered; a search is when its last part is sent. */
function countAnswers({ acks, refusals, outcomes, found }: DueAnswers): number {
  return acks.length + refusals.length + outcomes.length + found.filter(({ last }) => last).length;
}
