import { ChatError } from "../../room/errors.ts";
import { type AppendOptions, Conflict, type Entry, UnknownOutcome } from "./engine.ts";
import { type Connection, type NatsMessage, NoAnswer } from "./nats_connection.ts";

/** Codes of the engine's errors: the position is not the expected one. */
const WRONG_LAST = [10071, 10164];
/** A code of the engine's errors: there is no such stream. */
export const NO_STREAM = 10059;

/** The answers to a read are limited to this size, so that one does not delay all others. */
const READ_BYTES = 8 * 2 ** 20;

/** The engine refused a request. */
export class Refused extends Error {
  override readonly name = "Refused";
  /** The code of the engine's error. */
  readonly code: number;

  constructor(code: number, description: string) {
    super(description);
    this.code = code;
  }
}

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
  append(key: string, data: Uint8Array, options: AppendOptions): Promise<number> {
    return this.#publish(this.#prefix + key, data, conditions(options));
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

  async #publish(
    subject: string,
    data: Uint8Array,
    fields: Readonly<Record<string, string>>,
  ): Promise<number> {
    try {
      const answer = await this.#connection.request(subject, data, fields);
      return numberIn(parse(answer), "seq");
    } catch (error) {
      if (error instanceof NoAnswer) throw new UnknownOutcome(error.message, { cause: error });
      if (!(error instanceof Refused)) throw error;
      if (WRONG_LAST.includes(error.code)) throw new Conflict(error.message, newestIn(error));
      throw new ChatError("unavailable", `NATS refused an entry: ${error.message}`, {
        cause: error,
      });
    }
  }

  /**
   * Asks the node that leads the stream where it is.
   *
   * @throws {NoAnswer | Refused | ChatError}
   */
  async position(): Promise<StreamPosition> {
    const { state, created, ts } = await request(this.#connection, `STREAM.INFO.${this.#name}`);
    const now = Date.parse(String(ts));
    return { last: numberIn(state, "last_seq"), now, created: String(created) };
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
    return answers.flatMap((answer) => answer.status === 0 ? [this.entryOf(answer)] : []);
  }

  /**
   * Returns the position of the newest entry of a key; 0 if there is none.
   *
   * @throws {NoAnswer | Refused | ChatError}
   */
  async newest(key: string): Promise<number> {
    return seqOf(await this.#load({ last_by_subj: this.#prefix + key }));
  }

  /**
   * Returns the position of the first entry from `from` on; 0 if there is none.
   *
   * @throws {NoAnswer | Refused | ChatError}
   */
  async next(from: number, key?: string): Promise<number> {
    return seqOf(await this.#load({ seq: from, next_by_subj: this.#prefix + (key ?? ">") }));
  }

  async #get(query: object): Promise<NatsMessage[]> {
    const subject = `$JS.API.DIRECT.GET.${this.#name}`;
    const answers = await this.#connection.requestMany(subject, JSON.stringify(query));
    const status = answers.at(-1)?.status;
    if (status === 204 || status === 404) return answers;
    throw new NoAnswer(`the status of a read is ${status}`);
  }

  /**
   * Returns the time of the entry at a position; undefined if it is deleted.
   *
   * @throws {NoAnswer | Refused | ChatError}
   */
  async timeOf(seq: number): Promise<number | undefined> {
    const message = await this.#load({ seq });
    return message && Date.parse(String(message.time));
  }

  /** Asks the node that leads the stream for an entry; undefined if there is none. */
  async #load(query: object): Promise<Readonly<Record<string, unknown>> | undefined> {
    try {
      const { message } = await request(this.#connection, `STREAM.MSG.GET.${this.#name}`, query);
      return isRecord(message) ? message : undefined;
    } catch (error) {
      if (error instanceof Refused && error.code === NO_MESSAGE) return undefined;
      throw error;
    }
  }

  /**
   * Deletes the entries of a key before a position.
   *
   * @throws {NoAnswer | Refused | ChatError}
   */
  async purge(key: string, before: number): Promise<void> {
    const query = { filter: this.#prefix + key, seq: before };
    await request(this.#connection, `STREAM.PURGE.${this.#name}`, query);
  }

  /** Returns the entry in a message of the live feed, or of a read. */
  entryOf(message: NatsMessage): Entry {
    const subject = message.header("Nats-Subject");
    return {
      seq: Number(message.header("Nats-Sequence")),
      key: subject.slice(this.#prefix.length),
      data: message.data,
      time: Date.parse(message.header("Nats-Time-Stamp")),
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

const NO_MESSAGE = 10037;

function conditions({ expected, ttlMs }: AppendOptions): Record<string, string> {
  const field = expected?.scope === "key"
    ? "Nats-Expected-Last-Subject-Sequence"
    : "Nats-Expected-Last-Sequence";
  return {
    ...(expected && { [field]: String(expected.last) }),
    ...(ttlMs !== undefined && { "Nats-TTL": `${Math.ceil(ttlMs / 1_000)}s` }),
  };
}

/**
 * Sends a request to the API of streams, and returns its answer.
 *
 * @throws {NoAnswer | Refused | ChatError}
 */
export async function request(
  connection: Connection,
  path: string,
  query: object = {},
): Promise<Readonly<Record<string, unknown>>> {
  return parse(await connection.request(`$JS.API.${path}`, JSON.stringify(query)));
}

/** @throws {Refused} if it is an error. */
function parse(answer: NatsMessage): Readonly<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(new TextDecoder().decode(answer.data));
  if (!isRecord(parsed)) throw new NoAnswer("the answer is no object");
  const { error } = parsed;
  if (!isRecord(error)) return parsed;
  throw new Refused(numberIn(error, "err_code"), String(error.description));
}

/** Returns the position in the words of a refusal: `wrong last sequence: 7`. */
function newestIn({ code, message }: Refused): number | undefined {
  const digits = code === WRONG_LAST[0] ? /: (\d+)$/.exec(message)?.[1] : undefined;
  return digits === undefined ? undefined : Number(digits);
}

function seqOf(message: Readonly<Record<string, unknown>> | undefined): number {
  return message ? numberIn(message, "seq") : 0;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function numberIn(value: unknown, field: string): number {
  const found = isRecord(value) ? value[field] : undefined;
  if (typeof found === "number") return found;
  throw new NoAnswer(`the answer has no number "${field}"`);
}
