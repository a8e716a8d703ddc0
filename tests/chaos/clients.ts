import type { ShownNote } from "../../client/chat.ts";
import { type Habits, Talker, type World } from "../support/client.ts";
import { compare, inShort } from "../support/compare.ts";

/** What came of a crowd's talk. */
export interface CrowdResult {
  /** What was wrong; nothing, one hopes. */
  readonly problems: readonly string[];
  /** How many notes were said. */
  readonly said: number;
  /** How many of them were acknowledged. */
  readonly acked: number;
  /** How many notes the log had in the end. */
  readonly logged: number;
  /** How often a client lost its connection. */
  readonly lostConnections: number;
  /** How many posts were unanswered at those moments. */
  readonly unanswered: number;
}

/** Clients that talk with each other, and compare what they hear. */
export class Crowd implements AsyncDisposable {
  readonly #problems: string[] = [];
  /** Positions start at 1. */
  readonly #book: ShownNote[] = new Array(1);
  readonly #failure = Promise.withResolvers<never>();
  readonly #talkers: Talker[] = [];
  #waiting: { readonly is: () => boolean; readonly resolve: () => void }[] = [];
  readonly #world: World = {
    book: this.#book,
    complain: (problem) => void this.#problems.push(problem),
    fail: (error) => this.fail(error),
    happened: () => this.#look(),
  };

  /** Makes an empty one. */
  constructor() {
    this.#failure.promise.catch(() => {}); // Whoever waits hears of it.
  }

  /** How many have come. */
  get size(): number {
    return this.#talkers.length;
  }

  /** How many are connected. */
  get here(): number {
    return this.#sum((talker) => talker.here ? 1 : 0);
  }

  /** How many notes have been acknowledged. */
  get acked(): number {
    return this.#sum((talker) => talker.acked.size);
  }

  /** Has everybody who waits fail: it is no use to go on. */
  readonly fail = (error: Error): void => this.#failure.reject(error);

  /** Adds a client, under a name that no other has. */
  enter(habits: Omit<Habits, "name">): void {
    this.#talkers.push(new Talker({ name: `t${this.size + 1}`, ...habits }, this.#world));
  }

  /** Waits until something is so, which changes only with what clients hear. */
  until(is: () => boolean): Promise<void> {
    const came = is()
      ? Promise.resolve()
      : new Promise<void>((resolve) => this.#waiting.push({ is, resolve }));
    return Promise.race([came, this.#failure.promise]);
  }

  /** Lets everybody come back, say a last thing, hear all that was said, and leave. */
  async finish(): Promise<void> {
    for (const talker of this.#talkers) talker.hush();
    // Answers come in order: whoever has this one has all. And who is answered is connected.
    const lastWords = Promise.all(this.#talkers.map((talker) => talker.say()));
    await Promise.race([lastWords, this.#failure.promise]);
    const closer = this.#talkers[0]!;
    await Promise.race([closer.say(), this.#failure.promise]);
    await this.until(() => this.#talkers.every((talker) => heard(talker, closer)));
    await this[Symbol.asyncDispose]();
  }

  /**
   * Compares, once all have finished, what they have seen with what they said, and with what
   * somebody sees who comes now: that is what the log has.
   */
  async audit({ address, random }: Pick<Habits, "address" | "random">): Promise<CrowdResult> {
    const habits = { name: "auditor", address, last: Infinity, window: 0, random };
    await using auditor = new Talker(habits, this.#world);
    await this.until(() => auditor.acked.size > 0 && heard(auditor, auditor));
    const problems = [...this.#problems, ...compare(this.#book, [...this.#talkers, auditor])];
    return {
      problems: inShort(problems),
      said: this.#sum((talker) => talker.said.length),
      acked: this.acked,
      logged: this.#book.length - 2, // Without the auditor's.
      lostConnections: this.#sum((talker) => talker.lostConnections),
      unanswered: this.#sum((talker) => talker.lostAnswers),
    };
  }

  #sum(of: (talker: Talker) => number): number {
    return this.#talkers.reduce((sum, talker) => sum + of(talker), 0);
  }

  #look(): void {
    const due = this.#waiting.filter(({ is }) => is());
    if (due.length > 0) this.#waiting = this.#waiting.filter((one) => !due.includes(one));
    for (const { resolve } of due) resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#talkers.map((talker) => talker[Symbol.asyncDispose]()));
  }
}

/** Whether somebody has heard the last thing that a talker has said. */
function heard(by: Talker, { name, said }: Talker): boolean {
  return by.latest?.name === name && by.latest.message === said.at(-1);
}
