import {
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstreamManager,
  type JetStreamPublishOptions,
  type StreamInfo,
} from "@nats-io/jetstream";
import {
  type Msg,
  type NatsConnection,
  NoRespondersError,
  PermissionViolationError,
  RequestError,
  TimeoutError,
} from "@nats-io/transport-node";
import { ChatError, errorMessage } from "../../../room/errors.ts";
import { silenceAround } from "./majority.ts";

/** The time for an answer, in milliseconds. */
const REQUEST_MS = 3_000;

/** A code of the engine's errors: the node is cut off from the one that leads. */
const NO_LEADER = 10008;

/** The time for `silenceMs`, in milliseconds. */
const SILENCE_MS = 5_000;

/** How a connection reports errors, and when it moves. */
export interface ConnectionOptions {
  /** See `ConnectOptions`. Default: 5,000. */
  readonly silenceMs?: number | undefined;
  /** Called for errors that no request has. */
  readonly onError: (error: unknown) => void;
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

/** A node answered that stores nothing, as it does not reach most of the others. */
class NoMajority extends NoAnswer {
  constructor(readonly silentMs: number) {
    super("most nodes are away");
  }
}

/** A connection to one of the nodes. It moves to another one if that is lost, or cut off. */
export class Connection {
  readonly #nats: NatsConnection;
  readonly #onError: (error: unknown) => void;
  #maxPayload = 0;
  /** When it last moved to another node, of `performance.now()`. */
  #leftAt = -Infinity;
  readonly #onChange = new Set<(isConnected: boolean) => void>();
  /** Since when no node that leads a stream has answered; undefined if one has. */
  #silentSince: number | undefined;
  readonly #silenceMs: number;
  /** The subjects that this user may not subscribe to. */
  readonly #refused = new Map<string, ChatError>();
  /** Each fails a request that waits for its answer. */
  readonly #waiting = new Set<(error: NoAnswer) => void>();
  #isConnected = true;
  readonly #client: JetStreamClient;
  readonly #manager: JetStreamManager;

  private constructor(
    nats: NatsConnection,
    manager: JetStreamManager,
    { onError, silenceMs = SILENCE_MS }: ConnectionOptions,
  ) {
    this.#nats = nats;
    this.#client = manager.jetstream();
    this.#manager = manager;
    this.#onError = onError;
    this.#silenceMs = silenceMs;
    void this.#watch();
  }

  /** Uses a connection of the package. */
  static async open(nats: NatsConnection, options: ConnectionOptions): Promise<Connection> {
    const manager = await jetstreamManager(nats, { timeout: REQUEST_MS, checkAPI: false });
    return new Connection(nats, manager, options);
  }

  get isConnected(): boolean {
    return this.#isConnected && !this.#nats.isClosed();
  }

  /** The version of the node, `MAJOR.MINOR.PATCH`. */
  get version(): string {
    return this.#nats.info?.version ?? "";
  }

  /** The address of the node, `HOST:PORT`. */
  get address(): string {
    return this.#nats.getServer();
  }

  /** The size of the largest message that the node accepts, or the last one did, in bytes. */
  get maxPayload(): number {
    return this.#maxPayload = this.#nats.info?.max_payload ?? this.#maxPayload;
  }

  onChange(onChange: (isConnected: boolean) => void): Disposable {
    this.#onChange.add(onChange);
    return { [Symbol.dispose]: () => void this.#onChange.delete(onChange) };
  }

  async #watch(): Promise<void> {
    for await (const status of this.#nats.status()) {
      if (status.type === "disconnect" || status.type === "close") this.#setConnected(false);
      if (status.type === "reconnect") this.#setConnected(true);
      if (status.type === "error") this.#onError(meaningOf(status.error));
    }
  }

  #setConnected(isConnected: boolean): void {
    this.#silentSince = undefined;
    if (!isConnected) this.#failWaiting("the connection was lost");
    if (isConnected === this.#isConnected) return;
    this.#isConnected = isConnected;
    for (const onChange of [...this.#onChange]) onChange(isConnected);
  }

  /** Without this, requests would wait for an answer that cannot come any more. */
  #failWaiting(reason: string): void {
    for (const reject of this.#waiting) reject(new NoAnswer(reason));
  }

  /**
   * Sends a request to the nodes that manage streams, or lead one, and returns its answer.
   *
   * @throws {NoAnswer} if there was none in time, or there is no connection now.
   * @throws {JetStreamApiError} if the engine refused it.
   * @throws {ChatError} `unavailable`, if it is not permitted.
   */
  ask<T>(call: (manager: JetStreamManager) => Promise<T>): Promise<T> {
    return this.#answered(() => call(this.#manager));
  }

  /**
   * Asks the node that leads a stream about it, which every journal does all the time. If this
   * shows for a while that this node is cut off from the others, it moves.
   *
   * @throws {NoAnswer | JetStreamApiError | ChatError} as `ask()`.
   */
  async info(stream: string): Promise<StreamInfo> {
    const start = performance.now();
    try {
      const info = await this.ask(({ streams }) => streams.info(stream));
      const silentMs = silenceAround(info.cluster);
      if (silentMs >= this.#silenceMs) throw new NoMajority(silentMs);
      this.#silentSince = undefined;
      return info;
    } catch (error) {
      if (error instanceof NoMajority) this.#leaveAfter(error.silentMs);
      else if (isAway(error)) {
        this.#silentSince ??= start;
        this.#leaveAfter(performance.now() - this.#silentSince);
      }
      throw error;
    }
  }

  /** Moves to another node if there was silence for too long; this one is tried last. */
  #leaveAfter(ms: number): void {
    const now = performance.now();
    if (ms < this.#silenceMs || !this.isConnected || now - this.#leftAt < this.#silenceMs) return;
    this.#leftAt = now; // If the next node is no better, this does not go on without a pause.
    this.#silentSince = undefined;
    void this.#nats.reconnect();
  }

  /**
   * Appends a message to the stream with its subject, and returns its position.
   *
   * @throws {NoAnswer | JetStreamApiError | ChatError} as `ask()`.
   */
  async append(
    subject: string,
    data: Uint8Array,
    options: Partial<JetStreamPublishOptions>,
  ): Promise<number> {
    return (await this.#answered(() => this.#client.publish(subject, data, options))).seq;
  }

  /**
   * Sends a request with several answers, of which the last one has a status. It stands in for
   * `direct.getBatch()` of the package, which leaves a subscription after each call.
   *
   * @throws {NoAnswer | ChatError} as `ask()`, also if an answer is missing.
   */
  requestMany(subject: string, query: object): Promise<Msg[]> {
    return this.#answered(async () => {
      const answers: Msg[] = [];
      const options = { strategy: "timer", maxWait: REQUEST_MS } as const;
      const found = await this.#nats.requestMany(subject, JSON.stringify(query), options);
      for await (const answer of found) {
        answers.push(answer);
        if (answer.headers?.code) return answers;
      }
      throw new TimeoutError();
    });
  }

  /** Waits for an answer while there is a connection. */
  async #answered<T>(call: () => Promise<T>): Promise<T> {
    this.#checkConnected();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.add(reject);
    try {
      call().then(resolve, reject);
      return await promise;
    } catch (error) {
      throw meaningOf(error);
    } finally {
      this.#waiting.delete(reject);
    }
  }

  #checkConnected(): void {
    if (this.isConnected) return;
    throw new NoAnswer("there is no connection now");
  }

  /** Sends a message without an answer; it is lost without a connection. */
  publish(subject: string, data: Uint8Array): void {
    if (this.isConnected) this.#nats.publish(subject, data);
  }

  /** Calls `onMessage` for each message to a subject while there is a connection. */
  subscribe(subject: string, onMessage: (message: Msg) => void): Disposable {
    const subscription = this.#nats.subscribe(subject, {
      callback: (error, message) => {
        if (error) return void this.#refused.set(subject, notPermitted(error));
        try {
          onMessage(message);
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
    await this.#answered(() => this.#nats.flush());
    const refusal = this.#refused.get(subject);
    if (refusal) throw refusal;
  }

  /** Closes it, without waiting until the node has received everything: it may be suspended. */
  async close(): Promise<void> {
    this.#failWaiting("the connection was closed");
    await this.#nats.close();
  }
}

/** Whether the engine refused a request, by one of `codes` if there are any. */
export function isRefusal(error: unknown, ...codes: number[]): error is JetStreamApiError {
  if (!(error instanceof JetStreamApiError)) return false;
  return codes.length === 0 || codes.includes(error.code);
}

/** Whether an error only says that there is no connection, or no node that leads. */
export function isAway(error: unknown): boolean {
  return error instanceof NoAnswer || isRefusal(error, NO_LEADER);
}

/** Returns what an error of the package means. It may be the cause of others. */
function meaningOf(error: unknown): unknown {
  const causes = [...causesOf(error)];
  const refusal = causes.find((cause) => isRefusal(cause));
  if (refusal) return refusal;
  const violation = causes.find((cause) => cause instanceof PermissionViolationError);
  if (violation) return notPermitted(violation);
  if (causes.some((cause) => cause instanceof NoRespondersError)) {
    return new NoAnswer("nobody listens", true);
  }
  if (error instanceof TimeoutError) return new NoAnswer("no answer in time");
  return error instanceof RequestError ? new NoAnswer(errorMessage(error)) : error;
}

function* causesOf(error: unknown): Generator<Error> {
  for (let cause = error; cause instanceof Error; cause = cause.cause) yield cause;
}

function notPermitted(cause: Error): ChatError {
  return new ChatError("unavailable", `NATS does not permit it: ${cause.message}`, { cause });
}
