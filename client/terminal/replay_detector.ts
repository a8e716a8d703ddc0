import type { ChatEvent } from "../chat.ts";

/** How long the original contract's server must pause for its replay to be over, in milliseconds. */
const REPLAY_PAUSE_MS = 1_000;

/** Tells notes that are said while we are here from those that were said before. */
export class ReplayDetector {
  /** The newest note there was when we connected; unknown on the original contract. */
  #headSeq: number | undefined;
  /** When the server said something last. */
  #heardAt = 0;
  /** Whether the original contract's server is repeating what it has, as far as one can tell. */
  #replaying = false;

  /** We have connected at the time `now`. */
  connected({ contract, head }: Extract<ChatEvent, { type: "connected" }>, now: number): void {
    this.#headSeq = head?.seq;
    this.#heardAt = now;
    this.#replaying = contract === "original";
  }

  /**
   * Whether a note that came at the time `now` is live. The original contract does not tell:
   * its server starts with a replay, which is taken to be over once it has paused for a while.
   */
  isLive(seq: number | undefined, now: number): boolean {
    if (this.#headSeq !== undefined && seq !== undefined) return seq > this.#headSeq;
    if (now - this.#heardAt >= REPLAY_PAUSE_MS) this.#replaying = false;
    this.#heardAt = now;
    return !this.#replaying;
  }
}
