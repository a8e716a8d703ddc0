import type { ChatEvent } from "../chat.ts";

/**
 * The pause after which the replay of a server of the original contract is over, in milliseconds.
 */
const REPLAY_PAUSE_MS = 1_000;

/** Distinguishes live notes from notes that were said before we connected. */
export class ReplayDetector {
  /** The newest note at the time of connecting; unknown on the original contract. */
  #headSeq: number | undefined;
  /** The time at which the last note arrived. */
  #heardAt = 0;
  /** Whether a server of the original contract is probably still replaying old notes. */
  #replaying = false;

  /** Records that we connected at the time `now`. */
  connected({ contract, head }: Extract<ChatEvent, { type: "connected" }>, now: number): void {
    this.#headSeq = head?.seq;
    this.#heardAt = now;
    this.#replaying = contract === "original";
  }

  /**
   * Returns whether a note that arrived at the time `now` is live. The original contract does not
   * say: its server starts with a replay, which is assumed to be over after the first pause.
   */
  isLive(seq: number | undefined, now: number): boolean {
    if (this.#headSeq !== undefined && seq !== undefined) return seq > this.#headSeq;
    if (now - this.#heardAt >= REPLAY_PAUSE_MS) this.#replaying = false;
    this.#heardAt = now;
    return !this.#replaying;
  }
}
