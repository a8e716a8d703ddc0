import type { Member } from "./peer.ts";
import { PostEncoder } from "./wire.ts";

/** How an author posts as fast as acknowledgements allow. */
export interface Burst {
  /** The most unanswered posts. */
  readonly window: number;
  /** The most posts of one frame. */
  readonly frame: number;
}

/**
 * An author that posts without end. It numbers its posts from the first one that its member expects
 * to be answered; in a room without other authors, these are the positions of the notes.
 */
export class Author {
  readonly member: Member;
  readonly #encoder = new PostEncoder();
  /** The number of its first post. */
  readonly first: number;
  /** The number of the last post. */
  posted: number;

  /** Posts as `member`. */
  constructor(member: Member) {
    this.member = member;
    this.first = member.checker.nextAck;
    this.posted = this.first - 1;
  }

  /** Posts `count` notes in one frame. */
  post(count: number): void {
    this.member.send(this.#encoder.frame(this.posted + 1, count));
    this.posted += count;
  }

  /** Posts `count` notes as fast as `burst` allows. Returns after the last acknowledgement. */
  burst(count: number, burst: Burst): Promise<void> {
    const last = this.posted + count;
    return this.#burst(() => last - this.posted, burst);
  }

  /** The same until `done` returns true. */
  burstUntil(done: () => boolean, burst: Burst): Promise<void> {
    return this.#burst(() => done() ? 0 : burst.frame, burst);
  }

  async #burst(left: () => number, { window, frame }: Burst): Promise<void> {
    const more = () => {
      for (let size; (size = Math.min(frame, left())) > 0; this.post(size)) {
        const room = window - (this.posted + 1 - this.member.checker.nextAck);
        if (room < size) return;
      }
    };
    this.member.onAcks = more;
    more();
    await this.member.until(() => this.member.checker.nextAck > this.posted && left() === 0);
    this.member.onAcks = undefined;
  }

  /**
   * Posts `rate` notes per second, one at a time, until `done` returns true. Calls `onPost` with
   * each note's number just before it is sent.
   */
  postAtRate(
    rate: number,
    done: () => boolean,
    onPost: (number: number) => void,
  ): Promise<void> {
    return this.#postEach(() => 1_000 / rate, done, onPost);
  }

  /** The same at random times, `rate` per second on average, like many independent people. */
  postAtRandom(
    rate: number,
    done: () => boolean,
    onPost: (number: number) => void,
  ): Promise<void> {
    return this.#postEach(() => -Math.log(1 - Math.random()) * 1_000 / rate, done, onPost);
  }

  async #postEach(
    gapMs: () => number,
    done: () => boolean,
    onPost: (number: number) => void,
  ): Promise<void> {
    for (let due = performance.now(); !done();) {
      for (; due < performance.now(); due += gapMs()) {
        onPost(this.posted + 1);
        this.post(1);
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}
