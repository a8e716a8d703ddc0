import type { CopyMessage } from "../../proto/mod.ts";
import { fromStatus } from "../../proto/status.ts";
import { DEFAULTS } from "../../room/defaults.ts";
import { ChatError } from "../../room/errors.ts";
import { GrpcConnection } from "../net/grpc.ts";
import type { TlsOptions } from "../net/tls.ts";
import { type ProofOptions, Prover } from "../session/prover.ts";
import { firstAnswer } from "./first_answer.ts";

/** The servers of the chat to copy, and how to log in. */
export interface FetchBackupOptions extends ProofOptions {
  /** The servers: each `HOST:PORT` or `unix:PATH`. */
  readonly addresses: readonly string[];
  /** The encryption. Undefined means plaintext. */
  readonly tls: TlsOptions | false | undefined;
  /** The timeout for connecting and logging in, in milliseconds; servers share it. */
  readonly timeoutMs: number;
  /** Called with the server that makes the copy. */
  readonly onAnswer?: ((address: string) => void) | undefined;
  /** Ends the transfer when aborted. */
  readonly signal: AbortSignal;
}

/**
 * Fetches a copy of all data of the first server that answers: first its progress, then the pieces
 * of the file.
 *
 * @throws {ChatError} if no server is reachable, or if one refuses, or breaks off.
 * @throws the reason of `signal`, once it is aborted.
 */
export async function* fetchBackup(options: FetchBackupOptions): AsyncGenerator<CopyMessage, void> {
  const failure = "Cannot back up";
  const begin = async (address: string, timeoutMs: number) => {
    const copies = fetchFrom(address, { ...options, timeoutMs });
    return { address, copies, first: await copies.next() };
  };
  const { address, copies, first } = await firstAnswer(begin, { ...options, failure });
  options.onAnswer?.(address);
  try {
    if (first.value) yield first.value;
    yield* copies;
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    throw new ChatError(error.code, `${failure} "${address}": ${error.message}`, { cause: error });
  } finally {
    await copies.return();
  }
}

async function* fetchFrom(
  address: string,
  options: FetchBackupOptions,
): AsyncGenerator<CopyMessage, void> {
  const { tls, timeoutMs, signal } = options;
  const connection = new GrpcConnection(address, { tls, keepaliveMs: DEFAULTS.keepaliveMs });
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  let due = 0;
  let isEmpty = true;
  try {
    for await (const copy of copies(connection, options, timeout.signal)) {
      clearTimeout(timer);
      due += copy.size - copy.piece.length;
      if (copy.piece.length > 0) isEmpty = false;
      yield copy;
    }
    signal.throwIfAborted();
    if (timeout.signal.aborted) throw new ChatError("timeout", "no answer");
    if (due !== 0) throw new ChatError("unavailable", "it broke off");
    if (isEmpty) throw new ChatError("unavailable", "it sent nothing");
  } finally {
    clearTimeout(timer);
    connection.close();
  }
}

async function* copies(
  connection: GrpcConnection,
  { identity, signal, ...rest }: FetchBackupOptions,
  timeout: AbortSignal,
): AsyncGenerator<CopyMessage, void> {
  const call = connection.backup(AbortSignal.any([signal, timeout]));
  const key = identity && { key: identity.publicKey };
  const join = { name: "", room: "", client: crypto.randomUUID(), unlisted: true, ...key };
  const prover = new Prover(connection, join, { identity, ...rest }, "backup");
  call.send({ join });
  for await (const { challenge, copy, goodbye } of call.frames) {
    if (challenge) call.send({ proof: await prover.prove(challenge) });
    if (goodbye) throw new ChatError(fromStatus(goodbye.code) ?? "unavailable", goodbye.reason);
    if (copy) yield copy;
  }
}
