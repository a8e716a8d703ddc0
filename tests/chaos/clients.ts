import type { ShownNote } from "../../client/chat.ts";
import { ChaosClient, type ChaosClientOptions, type SharedState } from "../support/client.ts";
import { compare, summarize } from "../support/compare.ts";

/** The result of many clients' talk. */
export interface ChaosResult {
  /** The problems found; none if all is well. */
  readonly problems: readonly string[];
  /** The number of posted notes. */
  readonly said: number;
  /** The number of acknowledged ones. */
  readonly acked: number;
  /** The number of notes in the log at the end. */
  readonly logged: number;
  /** The number of times that a client lost its connection. */
  readonly lostConnections: number;
  /** The number of posts that were unanswered at those moments. */
  readonly unanswered: number;
}

/** Clients that talk with each other, and compare the notes they receive. */
export class ChaosClients implements AsyncDisposable {
  readonly #problems: string[] = [];
  /** Positions start at 1. */
  readonly #book: ShownNote[] = new Array(1);
  readonly #failure = Promise.withResolvers<never>();
  readonly #clients: ChaosClient[] = [];
  #waiting: { readonly is: () => boolean; readonly resolve: () => void }[] = [];
  readonly #shared: SharedState = {
    book: this.#book,
    complain: (problem) => void this.#problems.push(problem),
    fail: (error) => this.fail(error),
    happened: () => this.#check(),
  };

  /** Creates a room without clients. */
  constructor() {
    this.#failure.promise.catch(() => {}); // The waiting callers get the error.
  }

  /** The number of notes that have arrived. */
  get size(): number {
    return this.#clients.length;
  }

  /** The number of connected clients. */
  get here(): number {
    return this.#sum((client) => client.here ? 1 : 0);
  }

  /** The number of acknowledged notes. */
  get acked(): number {
    return this.#sum((client) => client.acked.size);
  }

  /** Makes every wait fail: it is pointless to go on. */
  readonly fail = (error: Error): void => this.#failure.reject(error);

  /** Adds a client, under a unique name. */
  add(habits: Omit<ChaosClientOptions, "name">): void {
    this.#clients.push(new ChaosClient({ name: `t${this.size + 1}`, ...habits }, this.#shared));
  }

  /** Waits until a condition is true that changes only with received events. */
  until(is: () => boolean): Promise<void> {
    const came = is()
      ? Promise.resolve()
      : new Promise<void>((resolve) => this.#waiting.push({ is, resolve }));
    return Promise.race([came, this.#failure.promise]);
  }

  /** Lets every client reconnect, post one last note, receive all notes, and leave. */
  async finish(): Promise<void> {
    for (const client of this.#clients) client.stopTalking();
    // Answers come in order, so this one is the last. An answered client is connected.
    const lastWords = Promise.all(this.#clients.map((client) => client.say()));
    await Promise.race([lastWords, this.#failure.promise]);
    const closer = this.#clients[0]!;
    await Promise.race([closer.say(), this.#failure.promise]);
    await this.until(() => this.#clients.every((client) => heard(client, closer)));
    await this[Symbol.asyncDispose]();
  }

  /**
   * Compares, once all have finished, the received notes with the posts, and with the notes that a
   * new client receives: the contents of the log.
   */
  async audit(
    { address, random }: Pick<ChaosClientOptions, "address" | "random">,
  ): Promise<ChaosResult> {
    const habits = { name: "auditor", address, last: Infinity, window: 0, random };
    await using auditor = new ChaosClient(habits, this.#shared);
    await this.until(() => auditor.acked.size > 0 && heard(auditor, auditor));
    const problems = [...this.#problems, ...compare(this.#book, [...this.#clients, auditor])];
    return {
      problems: summarize(problems),
      said: this.#sum((client) => client.said.length),
      acked: this.acked,
      logged: this.#book.length - 2, // Without the auditor's.
      lostConnections: this.#sum((client) => client.lostConnections),
      unanswered: this.#sum((client) => client.lostAnswers),
    };
  }

  #sum(of: (client: ChaosClient) => number): number {
    return this.#clients.reduce((sum, client) => sum + of(client), 0);
  }

  #check(): void {
    const due = this.#waiting.filter(({ is }) => is());
    if (due.length > 0) this.#waiting = this.#waiting.filter((one) => !due.includes(one));
    for (const { resolve } of due) resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client[Symbol.asyncDispose]()));
  }
}

/** Whether a client has received the last note that another client posted. */
function heard(by: ChaosClient, { name, said }: ChaosClient): boolean {
  return by.latest?.name === name && by.latest.message === said.at(-1);
}
