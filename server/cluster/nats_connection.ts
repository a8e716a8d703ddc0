import {
  createInbox,
  headers,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  PermissionViolationError,
} from "@nats-io/nats-core";
import { ChatError, errorMessage } from "../../room/errors.ts";

/** The time for an answer, in milliseconds. */
const REQUEST_MS = 3_000;
/** The status of the answer to a request that nobody listens for. */
const NO_RESPONDERS = 503;

/** A message as it arrives. */
export interface NatsMessage {
  readonly data: Uint8Array;
  /** Returns the value of a header field; empty if there is none. */
  header(name: string): string;
  /** The status of an answer without content; 0 if it has content. */
  readonly status: number;
}

/**
 * The engine did not answer a request, which it may have performed or not. The same without a
 * connection, so that callers try again: it comes back by itself, usually at once by another node.
 */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";

  /** @param isUnheard Whether nothing in the engine listens for such requests now. */
  constructor(message: string, readonly isUnheard: boolean = false) {
    super(message);
  }
}

/** A request that waits for its answers. */
interface Question {
  readonly subject: string;
  /** Whether it ends with an answer that has a status, and not with the first one. */
  readonly isMany: boolean;
  readonly answers: NatsMessage[];
  readonly resolve: (answers: NatsMessage[]) => void;
  readonly reject: (error: Error) => void;
}

/** A connection to one of the nodes, which moves to another one when that is lost. */
export class Connection {
  readonly #nats: NatsConnection;
  readonly #onError: (error: unknown) => void;
  readonly #onChange = new Set<(isConnected: boolean) => void>();
  readonly #inbox = createInbox();
  /** The requests that wait for an answer, by the last part of the subject of their answers. */
  readonly #questions = new Map<string, Question>();
  /** The subjects that this user may not subscribe to. */
  readonly #refused = new Map<string, ChatError>();
  #lastId = 0;
  #isConnected = true;

  constructor(nats: NatsConnection, onError: (error: unknown) => void) {
    this.#nats = nats;
    this.#onError = onError;
    nats.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error) this.#refused.set(`${this.#inbox}.*`, notPermitted(error));
        else this.#receiveAnswer(message);
      },
    });
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
    for await (const status of this.#nats.status()) {
      if (status.type === "disconnect" || status.type === "close") this.#setConnected(false);
      if (status.type === "reconnect") this.#setConnected(true);
      if (status.type !== "error") continue;
      if (status.error instanceof PermissionViolationError) this.#refuse(status.error);
      else this.#onError(status.error);
    }
  }

  #setConnected(isConnected: boolean): void {
    if (!isConnected) this.#failWaiting("the connection was lost");
    if (isConnected === this.#isConnected) return;
    this.#isConnected = isConnected;
    for (const onChange of [...this.#onChange]) onChange(isConnected);
  }

  #failWaiting(reason: string): void {
    for (const { reject } of this.#questions.values()) reject(new NoAnswer(reason));
  }

  /**
   * Sends a request, and returns its answer.
   *
   * @throws {NoAnswer} if there was none in time, or there is no connection now.
   * @throws {ChatError} `unavailable`, if it is not permitted.
   */
  async request(
    subject: string,
    data: string | Uint8Array,
    fields: Readonly<Record<string, string>> = {},
  ): Promise<NatsMessage> {
    const [answer] = await this.#ask({ subject, isMany: false }, data, fields);
    return answer!;
  }

  /**
   * Sends a request with several answers, of which the last one has a status.
   *
   * @throws {NoAnswer} if an answer is missing, or there is no connection now.
   * @throws {ChatError} `unavailable`, if it is not permitted.
   */
  requestMany(subject: string, data: string): Promise<NatsMessage[]> {
    return this.#ask({ subject, isMany: true }, data, {});
  }

  async #ask(
    kind: Pick<Question, "subject" | "isMany">,
    data: string | Uint8Array,
    fields: Readonly<Record<string, string>>,
  ): Promise<NatsMessage[]> {
    this.#checkConnected();
    const id = String(++this.#lastId);
    const { promise, resolve, reject } = Promise.withResolvers<NatsMessage[]>();
    this.#questions.set(id, { ...kind, answers: [], resolve, reject });
    const timer = setTimeout(() => reject(new NoAnswer("no answer in time")), REQUEST_MS);
    try {
      const options = { reply: `${this.#inbox}.${id}`, headers: headersOf(fields) };
      this.#nats.publish(kind.subject, data, options);
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#questions.delete(id);
    }
  }

  #receiveAnswer(message: Msg): void {
    const question = this.#questions.get(message.subject.slice(this.#inbox.length + 1));
    if (!question) return; // It came too late.
    const answer = toMessage(message);
    question.answers.push(answer);
    if (answer.status === NO_RESPONDERS) question.reject(new NoAnswer("nobody listens", true));
    else if (!question.isMany || answer.status !== 0) question.resolve(question.answers);
  }

  /** Fails the requests, and the subscriptions of `subscribe()`, that are not permitted. */
  #refuse(error: PermissionViolationError): void {
    const refusal = new ChatError("unavailable", `NATS does not permit it: ${error.message}`);
    for (const { subject, reject } of this.#questions.values()) {
      if (
        error.operation === "publish" ? subject === error.subject : this.#isInbox(error.subject)
      ) {
        reject(refusal);
      }
    }
    if (error.operation === "subscription") this.#refused.set(error.subject, refusal);
    this.#onError(refusal);
  }

  #isInbox(subject: string): boolean {
    return subject === `${this.#inbox}.*`;
  }

  #checkConnected(): void {
    if (!this.#isConnected || this.#nats.isClosed()) {
      throw new NoAnswer("there is no connection now");
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
        if (error) return void this.#refused.set(subject, notPermitted(error));
        try {
          onMessage(toMessage(message));
        } catch (thrown) {
          this.#onError(thrown); // The package would stop reading.
        }
      },
    });
    return { [Symbol.dispose]: () => subscription.unsubscribe() };
  }

  /**
   * Waits until the node has processed a subscription.
   *
   * @throws {NoAnswer} if the connection is lost before.
   * @throws {ChatError} `unavailable`, if the subscription is not permitted.
   */
  async confirm(subject: string): Promise<void> {
    this.#checkConnected();
    await this.#nats.flush().catch((error) => {
      throw new NoAnswer(errorMessage(error));
    });
    const refusal = this.#refused.get(`${this.#inbox}.*`) ?? this.#refused.get(subject);
    if (refusal) throw refusal;
  }

  async close(): Promise<void> {
    this.#failWaiting("the connection was closed");
    if (this.#isConnected && !this.#nats.isClosed()) await this.#nats.flush().catch(() => {});
    await this.#nats.close();
  }
}

function notPermitted(error: Error): ChatError {
  return new ChatError("unavailable", `NATS does not permit it: ${error.message}`, {
    cause: error,
  });
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
