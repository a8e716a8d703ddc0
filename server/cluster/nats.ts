/**
 * The engine NATS with JetStream. Load this module by `import()`: a server without `--cluster` does
 * not need its packages.
 *
 * @module
 */

import { ChatError } from "../../room/errors.ts";
import { CLUSTER_NAME } from "../cluster_options.ts";
import { Attempts, NoLeader } from "./attempts.ts";
import type { ConnectOptions } from "./connect_options.ts";
import { type Engine, type EngineFigures, type Journals, UnknownOutcome } from "./engine.ts";
import { Connection, isRefusal, NoAnswer } from "./nats_connection.ts";
import { dial } from "./nats_dial.ts";
import { NatsJournal } from "./nats_journal.ts";
import { checkEngine, ENVELOPE_BYTES } from "./nats_requirements.ts";
import { ensureStream, findStream, namesOf } from "./nats_streams.ts";

const CHECK_MS = 1_000;
/** The code of the engine's error while its nodes elect a leader. */
const NO_LEADER = 10_008;
const TOPIC = /^[\w-]{1,100}$/;

/**
 * Connects to NATS, and opens the journals of a chat, which it makes if they are missing and `make`
 * is set.
 *
 * @throws {ChatError} if NATS cannot be reached in time, does not accept this server, is too old, or
 * is configured in a way that a chat cannot use.
 */
export async function connectNats(options: ConnectOptions): Promise<Engine> {
  const { name = CLUSTER_NAME, replicas, make = true, onError = () => {} } = options;
  const attempts = new Attempts(options);
  await using stack = new AsyncDisposableStack();
  const connection = await Connection.open(await dial(options, attempts), { ...options, onError });
  stack.defer(() => connection.close());
  // Elections of the nodes may take some seconds.
  const eventually = <T>(step: () => Promise<T>) =>
    attempts.repeat(step, (error) => inWords(error, connection));
  await eventually(() => checkEngine(connection, options.minEntryBytes ?? 0));
  const loss = new Loss();
  const onLost = (error: ChatError) => loss.report(error);
  const reports = { onLost, onError, backMs: options.backMs };
  const prepare = make ? ensureStream : findStream;
  const ensure = (journal: keyof Journals) =>
    eventually(() => prepare(connection, name, journal, replicas));
  const open = async (journal: keyof Journals): Promise<NatsJournal> => {
    const names = namesOf(name, journal);
    return stack.use(await eventually(() => NatsJournal.open(connection, names, reports)));
  };
  // Alone: an engine that refuses it is left as it was.
  const stored = await ensure("notes");
  const opening = [
    open("notes"),
    ensure("state").then(() => open("state")),
    ensure("presence").then(() => open("presence")),
  ] as const;
  await Promise.allSettled(opening); // Nothing must be going on once this has failed.
  const [notes, state, presence] = await Promise.all(opening);
  const journals = { notes, state, presence };
  return new NatsEngine({ name, connection, journals, loss, replicas: stored }, stack.move());
}

function inWords(cause: unknown, { isConnected, address }: Connection): unknown {
  const unavailable = (words: string) => new ChatError("unavailable", words, { cause });
  if (!isConnected) return unavailable(`Cannot reach NATS at ${address}: the connection was lost`);
  const isSilent = cause instanceof NoAnswer || cause instanceof UnknownOutcome;
  if (!isSilent && !isRefusal(cause)) return cause;
  const words = `NATS does not serve JetStream now: ${cause.message}`;
  const hasNoLeader = isSilent || isRefusal(cause, NO_LEADER);
  return hasNoLeader ? new NoLeader(words, { cause }) : unavailable(words);
}

/** A loss of entries, which is reported to each listener once. */
class Loss {
  readonly #listeners = new Set<(error: ChatError) => void>();
  #error: ChatError | undefined;

  report(error: ChatError): void {
    if (this.#error) return;
    this.#error = error;
    for (const onLoss of [...this.#listeners]) onLoss(error);
  }

  listen(onLoss: (error: ChatError) => void): Disposable {
    this.#listeners.add(onLoss);
    if (this.#error) onLoss(this.#error);
    return { [Symbol.dispose]: () => void this.#listeners.delete(onLoss) };
  }
}

/** The parts of an engine. */
interface NatsEngineParts {
  readonly name: string;
  readonly connection: Connection;
  readonly journals: Readonly<Record<keyof Journals, NatsJournal>>;
  readonly loss: Loss;
  readonly replicas: number;
}

/** The connection of one server to NATS. */
class NatsEngine implements Engine {
  readonly journals: Readonly<Record<keyof Journals, NatsJournal>>;
  readonly name: string;
  readonly replicas: number;
  readonly #topics: string;
  readonly #connection: Connection;
  readonly #loss: Loss;
  readonly #resources: AsyncDisposableStack;

  constructor(parts: NatsEngineParts, resources: AsyncDisposableStack) {
    const { name, connection, journals, loss, replicas } = parts;
    this.name = name;
    this.#topics = `${name}.topic.`;
    this.#connection = connection;
    this.journals = journals;
    this.#loss = loss;
    this.replicas = replicas;
    this.#resources = resources;
    this.#watch();
  }

  /** Checks the journals regularly, and after each time without a connection. */
  #watch(): void {
    const journals = Object.values(this.journals);
    const timer = setInterval(() => {
      if (this.isConnected) { for (const journal of journals) void journal.check(); }
    }, CHECK_MS);
    this.#resources.defer(() => clearInterval(timer));
    this.#resources.use(this.onConnection((isConnected) => {
      if (isConnected) { for (const journal of journals) void journal.checkNewest(); }
    }));
  }

  get figures(): EngineFigures {
    const journals = Object.values(this.journals);
    return {
      behind: sum(journals.map(({ behind }) => behind)),
      conflicts: sum(journals.map(({ conflicts }) => conflicts)),
      repairs: sum(journals.map(({ repairs }) => repairs)),
      clockOffsetMs: this.journals.notes.clockOffsetMs,
    };
  }

  onLoss(onLoss: (error: ChatError) => void): Disposable {
    return this.#loss.listen(onLoss);
  }

  lose(reason: string): ChatError {
    return this.journals.notes.lose(reason);
  }

  get maxEntryBytes(): number {
    return this.#connection.maxPayload - ENVELOPE_BYTES;
  }

  get isConnected(): boolean {
    return this.#connection.isConnected;
  }

  get silentMs(): number {
    return Math.max(...Object.values(this.journals).map(({ silentMs }) => silentMs));
  }

  onConnection(onChange: (isConnected: boolean) => void): Disposable {
    return this.#connection.onChange(onChange);
  }

  send(topic: string, data: Uint8Array): void {
    this.#connection.publish(this.#subjectOf(topic), data);
  }

  listen(topic: string, onMessage: (data: Uint8Array) => void): Disposable {
    return this.#connection.subscribe(this.#subjectOf(topic), ({ data }) => onMessage(data));
  }

  #subjectOf(topic: string): string {
    if (TOPIC.test(topic)) return this.#topics + topic;
    throw new ChatError("invalid", `The topic "${topic.slice(0, 100)}" is not valid`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
