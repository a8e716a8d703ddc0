import {
  createInbox,
  errors,
  headers,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
} from "@nats-io/transport-node";
import { ChatError, errorMessage } from "../../room/errors.ts";

/** The time for an answer, in milliseconds. */
const REQUEST_MS = 3_000;

/** A message as it arrives. */
export interface NatsMessage {
  readonly data: Uint8Array;
  /** Returns the value of a header field; empty if there is none. */
  header(name: string): string;
  /** The status of an answer without content; 0 if it has content. */
  readonly status: number;
}

/** The engine did not answer a request, which it may have performed or not. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  /** Whether nothing in the engine listens for such requests now. */
  get isUnheard(): boolean {
    return [this.cause, this.cause instanceof Error ? this.cause.cause : undefined]
      .some((each) => each instanceof errors.NoRespondersError);
  }
}

/** A connection to one of the nodes, which moves to another one when that is lost. */
export class Connection {
  readonly #nats: NatsConnection;
  readonly #onError: (error: unknown) => void;
  readonly #onChange = new Set<(isConnected: boolean) => void>();
  /** Rejects each request that waits for its answer. */
  readonly #waiting = new Set<(error: Error) => void>();
  #isConnected = true;

  constructor(nats: NatsConnection, onError: (error: unknown) => void) {
    this.#nats = nats;
    this.#onError = onError;
    void this.#watch();
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** The version of the node, `MAJOR.MINOR.PATCH`. */
  get version(): string {
    return this.#nats.info?.version ?? "";
  }

  /** The address of the node, `HOST:PORT`. */
  get address(): string {
    return this.#nats.getServer();
  }

  /** The size of the largest message that the node accepts, in bytes. */
  get maxPayload(): number {
    return this.#nats.info?.max_payload ?? 0;
  }

  onChange(onChange: (isConnected: boolean) => void): Disposable {
    this.#onChange.add(onChange);
    return { [Symbol.dispose]: () => void this.#onChange.delete(onChange) };
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.#nats.status()) {
      if (type === "disconnect" || type === "close") this.#setConnected(false);
      if (type === "reconnect") this.#setConnected(true);
    }
  }

  #setConnected(isConnected: boolean): void {
    if (!isConnected) this.#failWaiting("the connection was lost");
    if (isConnected === this.#isConnected) return;
    this.#isConnected = isConnected;
    for (const onChange of [...this.#onChange]) onChange(isConnected);
  }

  #failWaiting(reason: string): void {
    for (const reject of this.#waiting) reject(new NoAnswer(reason));
  }

  /**
   * Sends a request, and returns its answer.
   *
   * @throws {NoAnswer} if there was none in time.
   * @throws {ChatError} `unavailable`, if it was not sent.
   */
  async request(
    subject: string,
    data: string | Uint8Array,
    fields: Readonly<Record<string, string>> = {},
  ): Promise<NatsMessage> {
    this.#checkConnected();
    const answer = Promise.withResolvers<Msg>();
    this.#waiting.add(answer.reject);
    try {
      const options = { timeout: REQUEST_MS, headers: headersOf(fields) };
      this.#nats.request(subject, data, options).then(answer.resolve, answer.reject);
      return toMessage(await answer.promise);
    } catch (error) {
      throw failure(error);
    } finally {
      this.#waiting.delete(answer.reject);
    }
  }

  /**
   * Sends a request with several answers, of which the last one has a status.
   *
   * @throws {NoAnswer} if an answer is missing.
   * @throws {ChatError} `unavailable`, if it was not sent.
   */
  async requestMany(subject: string, data: string): Promise<NatsMessage[]> {
    this.#checkConnected();
    const answers: NatsMessage[] = [];
    const done = Promise.withResolvers<void>();
    const inbox = createInbox();
    const subscription = this.#nats.subscribe(inbox, {
      callback: (error, message) => {
        if (error) return done.reject(error);
        const answer = toMessage(message);
        answers.push(answer);
        if (answer.status !== 0) done.resolve();
      },
    });
    const timer = setTimeout(() => done.reject(new NoAnswer("no answer in time")), REQUEST_MS);
    this.#waiting.add(done.reject);
    try {
      this.#nats.publish(subject, data, { reply: inbox });
      await done.promise;
      return answers;
    } catch (error) {
      throw failure(error);
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(done.reject);
      subscription.unsubscribe();
    }
  }

  #checkConnected(): void {
    if (!this.#isConnected || this.#nats.isClosed()) {
      throw new ChatError("unavailable", "There is no connection to NATS now");
    }
  }

  /** Sends a message without an answer; it is lost without a connection. */
  publish(subject: string, data: Uint8Array): void {
    if (this.#isConnected && !this.#nats.isClosed()) this.#nats.publish(subject, data);
  }

  /** Calls `onMessage` for each message to a subject while there is a connection. */
  subscribe(subject: string, onMessage: (message: NatsMessage) => void): Disposable {
    const subscription = this.#nats.subscribe(subject, {
      callback: (error, message) => {
        if (error) return this.#onError(error);
        try {
          onMessage(toMessage(message));
        } catch (thrown) {
          this.#onError(thrown); // The package would stop reading.
        }
      },
    });
    return { [Symbol.dispose]: () => subscription.unsubscribe() };
  }

  /** Waits until the node has processed everything that was sent. */
  flush(): Promise<void> {
    return this.#nats.flush();
  }

  async close(): Promise<void> {
    this.#failWaiting("the connection was closed");
    if (this.#isConnected && !this.#nats.isClosed()) await this.#nats.flush().catch(() => {});
    await this.#nats.close();
  }
}

function headersOf(fields: Readonly<Record<string, string>>): MsgHdrs {
  const all = headers();
  for (const [name, value] of Object.entries(fields)) all.set(name, value);
  return all;
}

function toMessage(message: Msg): NatsMessage {
  return {
    data: message.data,
    header: (name) => message.headers?.get(name) ?? "",
    status: message.headers?.code ?? 0,
  };
}

function failure(error: unknown): Error {
  if (error instanceof NoAnswer || error instanceof ChatError) return error;
  const cause = error instanceof Error ? error.cause : undefined;
  if ([error, cause].some((each) => each instanceof errors.PermissionViolationError)) {
    return new ChatError("unavailable", `NATS does not permit it: ${errorMessage(error)}`, {
      cause: error,
    });
  }
  return new NoAnswer(errorMessage(error), { cause: error });
}
