import { Author, type Burst } from "./author.ts";
import { KnownFrames } from "./checker.ts";
import { firstPostOf, Ledger } from "./ledger.ts";
import { connect, Member } from "./peer.ts";

/** The times of a run, in milliseconds. */
export interface Times {
  /** From a post to its acknowledgement. */
  readonly acks: readonly number[];
  /**
   * From a post to its arrival at each author of another server; with a single author, at this one.
   */
  readonly deliveries: readonly number[];
}

/** Authors who post into one room at the same time, each on a server of its own. */
export class Authors implements Disposable {
  readonly #authors: readonly Author[];
  readonly #ledger: Ledger;
  /** When each post was sent. */
  readonly #sentAt = new Map<number, number>();

  private constructor(authors: readonly Author[], ledger: Ledger) {
    this.#authors = authors;
    this.#ledger = ledger;
  }

  /** Joins the lobby on every one of the servers. */
  static async join(addresses: readonly string[]): Promise<Authors> {
    const known = new KnownFrames();
    const order = new Ledger();
    const authors = await Promise.all(addresses.map(async (address, i) => {
      const options = { order, firstPost: firstPostOf(i) };
      return new Author(await Member.join(connect(address), `author ${i}`, known, options));
    }));
    return new Authors(authors, order);
  }

  /** The number of notes that were posted. */
  get #posted(): number {
    return this.#authors.reduce((total, { first, posted }) => total + posted + 1 - first, 0);
  }

  /**
   * Each posts as fast as `burst` allows until `done` returns true, and receives everything.
   *
   * @returns the acknowledged notes per second of all of them together.
   */
  async burst(done: () => boolean, burst: Burst): Promise<number> {
    const [before, start] = [this.#posted, performance.now()];
    await Promise.all(this.#authors.map((author) => author.burstUntil(done, burst)));
    const seconds = (performance.now() - start) / 1_000;
    await this.#receiveAll();
    return (this.#posted - before) / seconds;
  }

  /** Each posts at random times, `rate` notes per second on average, until `done` returns true. */
  async time(rate: number, done: () => boolean): Promise<Times> {
    const [acks, deliveries]: [number[], number[]] = [[], []];
    for (const author of this.#authors) this.#watch(author, acks, deliveries);
    const before = this.#posted;
    await Promise.all(
      this.#authors.map((author) =>
        author.postAtRandom(rate, done, (number) => {
          this.#sentAt.set(number, performance.now());
        })
      ),
    );
    await this.#receiveAll();
    for (const { member } of this.#authors) member.onAcks = member.onNotes = undefined;
    const posted = this.#posted - before;
    const due = posted * Math.max(1, this.#authors.length - 1);
    if (acks.length !== posted || deliveries.length !== due) {
      throw new Error(`timed ${acks.length} answers and ${deliveries.length} of ${due} deliveries`);
    }
    return { acks, deliveries };
  }

  #watch(author: Author, acks: number[], deliveries: number[]): void {
    const { member } = author;
    member.onAcks = (start, end) => {
      const now = performance.now();
      for (let number = start; number < end; number++) acks.push(now - this.#sentAt.get(number)!);
    };
    const isAlone = this.#authors.length === 1;
    member.onNotes = (start, end) => {
      const now = performance.now();
      for (let seq = start; seq < end; seq++) {
        const number = this.#ledger.at(seq)!;
        const isOwn = number >= author.first && number <= author.posted;
        if (isAlone || !isOwn) deliveries.push(now - this.#sentAt.get(number)!);
      }
    };
  }

  /** Waits until all of them have been answered, and have all notes. */
  async #receiveAll(): Promise<void> {
    const posted = this.#posted;
    await Promise.all(this.#authors.map(async (author) => {
      await author.member.acknowledged(author.posted);
      await author.member.has(posted);
    }));
    this.#ledger.checkComplete();
  }

  [Symbol.dispose](): void {
    for (const { member } of this.#authors) member[Symbol.dispose]();
  }
}
