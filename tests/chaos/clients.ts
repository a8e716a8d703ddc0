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
  /** The number of refused ones, of which some may be in the log. */
  readonly refused: number;
  /** The reasons of the refusals, each once with its number. */
  readonly reasons: readonly string[];
  /** The number of notes in the log at the end. */
  readonly logged: number;
  /** The number of times that a client lost its connection. */
  readonly lostConnections: number;
  /** The number of posts that were unanswered at those moments. */
  readonly unanswered: number;
}

/** The servers to ask for their logs, one after another, and the habits of those who ask. */
type AuditOptions = Pick<ChaosClientOptions, "addresses" | "random">;

/** Options of {@linkcode ChaosClients}. */
export interface ChaosClientsOptions {
  /** The room. Default: the lobby. */
  readonly room?: string;
  /** Called at each acknowledgement. */
  readonly onAck?: () => void;
  /** The longest wait for an event, in milliseconds, after which all waits fail. Default: none. */
  readonly patienceMs?: number | undefined;
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
    acknowledged: () => this.#options.onAck?.(),
  };
  readonly #options: ChaosClientsOptions;

  /** Creates a room without clients. */
  constructor(options: ChaosClientsOptions = {}) {
    this.#options = options;
    this.#failure.promise.catch(() => {}); // The waiting callers get the error.
  }

  /** The number of clients. */
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
  add(habits: Omit<ChaosClientOptions, "name" | "room">): void {
    const { room } = this.#options;
    const options = { name: `t${this.size + 1}`, room, ...habits };
    this.#clients.push(new ChaosClient(options, this.#shared));
  }

  /** Waits until a condition is true that changes only with received events. */
  until(is: () => boolean): Promise<void> {
    const came = is()
      ? Promise.resolve()
      : new Promise<void>((resolve) => this.#waiting.push({ is, resolve }));
    return this.#orFail(came);
  }

  /** Waits for a promise, a failure, or the end of patience. */
  async #orFail<T>(promise: Promise<T>): Promise<T> {
    const { patienceMs } = this.#options;
    const timer = patienceMs === undefined ? undefined : setTimeout(() => {
      this.fail(new Error(`nothing for ${patienceMs / 1_000} s:\n${this.#describe()}`));
    }, patienceMs);
    try {
      return await Promise.race([promise, this.#failure.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** What each client waits for. */
  #describe(): string {
    const lines = this.#clients.map(({ name, here, said, acked, latest, people }) =>
      `${name}: ${here ? "here" : "away"}, ${said.length - acked.size} unanswered, ` +
      `${latest?.seq ?? 0} of ${this.#book.length - 1} received, sees ${[...people].join()}`
    );
    return [...this.#problems, ...lines].join("\n");
  }

  /** Lets every client stop talking, reconnect, and receive all answers and all notes. */
  async rest(): Promise<void> {
    for (const client of this.#clients) client.stopTalking();
    await this.caughtUp();
  }

  /** Waits until every client is connected, and has all answers and all notes. */
  caughtUp(): Promise<void> {
    return this.until(() => {
      const head = this.#book.length - 1;
      return this.#clients.every(({ isSettled, latest }) => isSettled && latest?.seq === head);
    });
  }

  /** Lets all clients talk again. */
  goOn(): void {
    for (const client of this.#clients) client.startTalking();
  }

  /** Whether a client knows of all others, and of nobody else. */
  #seesEverybody({ people }: ChaosClient): boolean {
    return people.size === this.size && this.#clients.every(({ name }) => people.has(name));
  }

  /**
   * Lets every client reconnect, post one last note, receive all notes, see all the others, and
   * leave.
   */
  async finish(): Promise<void> {
    for (const client of this.#clients) client.stopTalking();
    // Answers come in order, so these are the last. An answered client is connected.
    const lastWords = Promise.all(this.#clients.map((client) => client.insist()));
    await this.#orFail(lastWords);
    const closer = this.#clients[0]!;
    await this.#orFail(closer.insist());
    await this.until(() => this.#clients.every((client) => heard(client, closer)));
    await this.until(() => this.#clients.every((client) => this.#seesEverybody(client)));
    await this[Symbol.asyncDispose]();
  }

  /**
   * Compares, once all have finished, the received notes with the posts, and with the notes that a
   * new client receives from each address: the contents of the log there.
   */
  async audit({ addresses, ...habits }: AuditOptions): Promise<ChaosResult> {
    const auditors: ChaosClient[] = [];
    for (const address of addresses) {
      const name = `auditor${auditors.length + 1}`;
      const { room } = this.#options;
      const options = { ...habits, name, room, addresses: [address], last: Infinity, window: 0 };
      await using auditor = new ChaosClient(options, this.#shared);
      auditors.push(auditor);
      await this.until(() => auditor.acked.size > 0 && heard(auditor, auditor))
        .catch((error) => this.#problems.push(`${name} did not get the log: ${error.message}`));
    }
    const problems = [...this.#problems, ...compare(this.#book, [...this.#clients, ...auditors])];
    return {
      problems: summarize(problems),
      said: this.#sum((client) => client.said.length),
      acked: this.acked,
      refused: this.#sum((client) => client.refused.size),
      reasons: summarize(this.#clients.flatMap(({ refused }) => [...refused.values()])),
      logged: this.#book.length - 1 - auditors.length, // Without the auditors' notes.
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
