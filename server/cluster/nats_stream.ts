import { JetStreamApiCodes, type StoredMsg, type StreamAPI } from "@nats-io/jetstream";
import type { Msg } from "@nats-io/transport-node";
import { ChatError } from "../../room/errors.ts";
import { type AppendOptions, Conflict, type Entry, UnknownOutcome } from "./engine.ts";
import { type Connection, isRefusal, NoAnswer } from "./nats_connection.ts";

/** The answers to a read are limited to this size, so that one does not delay all others. */
const READ_BYTES = 8 * 2 ** 20;

/** Letters, digits, `-` and `_`, in parts between dots. */
const KEY = /^[\w-]+(?:\.[\w-]+)*$/;
const MAX_KEY_CHARS = 1_000;

/** Where a stream is. */
export interface StreamPosition {
  /** The position of the newest entry that it ever had. */
  readonly last: number;
  /** The time of the engine, in milliseconds since the Unix epoch. */
  readonly now: number;
  /** The time at which it was made, which tells it from another one with its name. */
  readonly created: string;
}

/** A stream of the engine, which stores the entries of a journal. */
export class Stream {
  readonly #connection: Connection;
  readonly #name: string;
  /** The subjects of its entries, before their keys. */
  readonly #prefix: string;

  constructor(connection: Connection, names: StreamNames) {
    this.#connection = connection;
    this.#name = names.stream;
    this.#prefix = names.prefix;
  }

  /**
   * Appends an entry, and returns its position.
   *
   * @throws {Conflict | UnknownOutcome | ChatError} as `Journal.append()`.
   */
  async append(
    key: string,
    data: Uint8Array,
    { expected, ttlMs }: AppendOptions,
  ): Promise<number> {
    const last = expected?.scope === "key" ? "lastSubjectSequence" : "lastSequence";
    const conditions = {
      ...(expected && { expect: { [last]: expected.last } }),
      ...(ttlMs !== undefined && { ttl: `${Math.ceil(ttlMs / 1_000)}s` }),
    };
    try {
      return await this.#connection.append(this.#prefix + key, data, conditions);
    } catch (error) {
      throw appendError(error);
    }
  }

  /**
   * Checks that this server may append, by an append that is always refused.
   *
   * @throws {UnknownOutcome | ChatError} as `Journal.append()`.
   */
  async checkAppend(): Promise<void> {
    const expected = { last: Number.MAX_SAFE_INTEGER, scope: "journal" } as const;
    await this.append("check", new Uint8Array(), { expected }).catch((error) => {
      if (!(error instanceof Conflict)) throw error;
    });
  }

  /**
   * Asks the node that leads the stream where it is.
   *
   * @throws {NoAnswer | JetStreamApiError | ChatError}
   */
  async position(): Promise<StreamPosition> {
    const { state, created, ts } = await this.#connection.info(this.#name);
    return { last: state.last_seq, now: Date.parse(ts!), created };
  }

  /**
   * Reads entries from a position on, at most `most`, from any node: newer ones than it has are
   * missing, but between the entries of an answer are only deleted ones.
   *
   * @throws {NoAnswer | ChatError}
   */
  async read(from: number, most: number, key?: string): Promise<Entry[]> {
    const query = {
      seq: from,
      batch: most,
      max_bytes: READ_BYTES,
      ...(key !== undefined && { next_by_subj: this.#prefix + key }),
    };
    const answers = await this.#get(query);
    return answers.map((answer) => this.entryOf(answer));
  }

  /**
   * Returns the position of the newest entry of a key; 0 if there is none.
   *
   * @throws {NoAnswer | JetStreamApiError | ChatError}
   */
  async newest(key: string): Promise<number> {
    return (await this.#load({ last_by_subj: this.#prefix + key }))?.seq ?? 0;
  }

  /**
   * Returns the position of the first entry from `from` on; 0 if there is none.
   *
   * @throws {NoAnswer | JetStreamApiError | ChatError}
   */
  async next(from: number, key?: string): Promise<number> {
    const query = { seq: from, next_by_subj: this.#prefix + (key ?? ">") };
    return (await this.#load(query))?.seq ?? 0;
  }

  async #get(query: object): Promise<Msg[]> {
    const subject = `$JS.API.DIRECT.GET.${this.#name}`;
    const answers = await this.#connection.requestMany(subject, query);
    const status = answers.pop()?.headers?.code;
    if (status === 204 || status === 404) return answers; // The end, or nothing found.
    throw new NoAnswer(`the status of a read is ${status}`);
  }

  /**
   * Returns the time of the entry at a position; undefined if it is deleted.
   *
   * @throws {NoAnswer | JetStreamApiError | ChatError}
   */
  async timeOf(seq: number): Promise<number | undefined> {
    const message = await this.#load({ seq });
    return message && Date.parse(message.timestamp);
  }

  /** Asks the node that leads the stream for an entry; undefined if there is none. */
  async #load(query: Parameters<StreamAPI["getMessage"]>[1]): Promise<StoredMsg | undefined> {
    const found = await this.#connection.ask(({ streams }) =>
      streams.getMessage(this.#name, query)
    );
    return found ?? undefined;
  }

  /**
   * Deletes the entries of a key before a position.
   *
   * @throws {NoAnswer | JetStreamApiError | ChatError}
   */
  async purge(key: string, before: number): Promise<void> {
    const query = { filter: this.#prefix + key, seq: before };
    await this.#connection.ask(({ streams }) => streams.purge(this.#name, query));
  }

  /** Returns the entry in a message of the live feed, or of a read. */
  entryOf({ headers, data }: Msg): Entry {
    const header = (name: string) => headers?.get(name) ?? "";
    return {
      seq: Number(header("Nats-Sequence")),
      key: header("Nats-Subject").slice(this.#prefix.length),
      data,
      time: Date.parse(header("Nats-Time-Stamp")),
    };
  }
}

/** The names that a stream has in the engine. */
export interface StreamNames {
  readonly stream: string;
  /** The subjects of its entries, before their keys. */
  readonly prefix: string;
  /** The subjects under which new entries are sent, before the subjects of the entries. */
  readonly live: string;
}

/** Returns the error of `Journal.append()` for one of the engine. */
function appendError(cause: unknown): unknown {
  if (cause instanceof NoAnswer) return new UnknownOutcome(cause.message, { cause });
  if (!isRefusal(cause)) return cause;
  const { code, message } = cause;
  if (code === JetStreamApiCodes.StreamWrongLastSequence) {
    return new Conflict(message, Number(/: (\d+)$/.exec(message)![1])); // "…: 7"
  }
  if (code === JetStreamApiCodes.StreamWrongLastSequenceUnknown) return new Conflict(message);
  return new ChatError("unavailable", `NATS refused an entry: ${message}`, { cause });
}

/** @throws {ChatError} `invalid`, if it is not a key. */
export function checkKey(key: string): void {
  if (KEY.test(key) && key.length <= MAX_KEY_CHARS) return;
  throw new ChatError("invalid", `The key "${key.slice(0, 100)}" is not valid`);
}
