import {
  DiscardPolicy,
  JetStreamApiCodes,
  type JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";
import { ChatError } from "../../../room/errors.ts";
import type { Journals } from "../engine.ts";
import { type Connection, isRefusal } from "./connection.ts";
import type { StreamNames } from "./stream.ts";

/** Codes of the engine's errors. */
const ONE_NODE = 10074;
const TOO_FEW_NODES = 10005;
const EXISTS = 10058;
const OVERLAP = 10065;

/** What a chat needs; an administrator may set the rest. */
type Wanted = ReturnType<typeof configOf>;

/** What cannot be changed in a stream that exists. */
const FIXED = ["storage", "retention"] as const;

/** Returns the names that the stream of a journal has. */
export function namesOf(chat: string, journal: keyof Journals): StreamNames {
  return {
    stream: journal === "notes" ? chat : `${chat}_${journal}`,
    prefix: `${chat}.${journal}.`,
    live: `${chat}.live.${journal}`,
  };
}

function configOf(names: StreamNames, journal: keyof Journals) {
  return {
    name: names.stream,
    subjects: [`${names.prefix}>`],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New, // A full engine refuses notes; it does not drop old ones.
    max_age: 0,
    max_msgs_per_subject: journal === "state" ? 1 : -1,
    allow_direct: true,
    allow_msg_ttl: true,
    deny_delete: true,
    deny_purge: journal === "state", // Without it, new servers would begin another chat.
    duplicate_window: 100_000_000, // The least, in nanoseconds: it is not used.
    republish: { src: ">", dest: `${names.live}.>` },
  } satisfies Partial<StreamConfig>;
}

/**
 * Makes the stream of a journal, or updates the one that exists.
 *
 * @param replicas The number of nodes that store it. Default: what it has, otherwise 3, or 1 if the
 * engine is a single node.
 * @throws {ChatError} if it has another configuration that cannot be changed, or the engine has too
 * few nodes.
 * @returns The number of nodes that store it.
 * @throws {NoAnswer}
 */
export async function ensureStream(
  connection: Connection,
  chat: string,
  journal: keyof Journals,
  replicas: number | undefined,
): Promise<number> {
  const names = namesOf(chat, journal);
  const wanted = configOf(names, journal);
  const existing = await existingConfig(connection, names.stream);
  try {
    return existing
      ? await update(connection, existing, wanted, replicas)
      : await create(connection, wanted, replicas);
  } catch (error) {
    throw isRefusal(error) ? refusal(error, names.stream, replicas ?? 3) : error;
  }
}

/**
 * Returns the number of nodes that store the stream of a journal, as it is.
 *
 * @throws {ChatError} `missing`, if there is no such stream.
 * @throws {NoAnswer}
 */
export async function findStream(
  connection: Connection,
  chat: string,
  journal: keyof Journals,
): Promise<number> {
  const existing = await existingConfig(connection, namesOf(chat, journal).stream);
  if (existing) return Number(existing.num_replicas);
  throw new ChatError("missing", `There is no chat "${chat}" in NATS: check --cluster-name`);
}

async function existingConfig(
  connection: Connection,
  stream: string,
): Promise<StreamConfig | undefined> {
  try {
    return (await connection.info(stream)).config;
  } catch (error) {
    if (isRefusal(error, JetStreamApiCodes.StreamNotFound)) return undefined;
    throw error;
  }
}

async function create(
  connection: Connection,
  wanted: Wanted,
  replicas: number | undefined,
): Promise<number> {
  const config = { ...wanted, num_replicas: replicas ?? 3 };
  try {
    await connection.ask(({ streams }) => streams.add(config));
    return config.num_replicas;
  } catch (error) {
    const isSingle = isRefusal(error, ONE_NODE);
    if (isSingle && replicas === undefined) return await create(connection, wanted, 1);
    throw error;
  }
}

/** Changes what differs, and keeps what an administrator has set besides. */
async function update(
  connection: Connection,
  existing: StreamConfig,
  wanted: Wanted,
  replicas = existing.num_replicas,
): Promise<number> {
  const config: StreamConfig = { ...existing, ...wanted, num_replicas: replicas };
  if (isSame(config, existing)) return replicas;
  const fixed = FIXED.find((field) => !isSame(config[field], existing[field])) ??
    (existing.deny_purge && !config.deny_purge ? "deny_purge" : undefined);
  if (fixed !== undefined) throw otherConfiguration(wanted.name, `${fixed} differs`);
  await connection.ask(({ streams }) => streams.update(wanted.name, config));
  return replicas;
}

/** Compares two values of a configuration. Fields that are missing are like false and 0. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value || null;
  return Object.entries(value).filter(([, each]) => each)
    .toSorted(([a], [b]) => a < b ? -1 : 1)
    .map(([key, each]) => [key, sorted(each)]);
}

function refusal(error: JetStreamApiError, stream: string, replicas: number): Error {
  if ([ONE_NODE, TOO_FEW_NODES].includes(error.code)) {
    return new ChatError(
      // Other nodes may be starting, but not those of an engine that is a single node.
      error.code === ONE_NODE ? "invalid" : "unavailable",
      `NATS has too few nodes with JetStream for --cluster-replicas ${replicas}: ${error.message}`,
      { cause: error },
    );
  }
  if (error.code === EXISTS) return otherConfiguration(stream, error.message);
  const words = `NATS cannot make the stream "${stream}": ${error.message}`;
  return error.code === OVERLAP
    ? new ChatError("invalid", `${words}; use another --cluster-name`, { cause: error })
    : new ChatError("unavailable", words, { cause: error });
}

function otherConfiguration(stream: string, reason: string): ChatError {
  return new ChatError(
    "invalid",
    `The stream "${stream}" in NATS has another configuration (${reason}): use another --cluster-name`,
  );
}
