import type { CopyMessage } from "../../proto/mod.ts";
import { fromStatus } from "../../proto/status.ts";
import { DEFAULTS } from "../../room/defaults.ts";
import { ChatError } from "../../room/errors.ts";
import { GrpcConnection } from "../net/grpc.ts";
import type { TlsOptions } from "../net/tls.ts";
import { type ProofOptions, Prover } from "../session/prover.ts";

/** The server to copy, and how to log in. */
export interface FetchBackupOptions extends ProofOptions {
  /** The server: `HOST:PORT` or `unix:PATH`. */
  readonly address: string;
  /** The encryption. Undefined means plaintext. */
  readonly tls: TlsOptions | false | undefined;
  /** The timeout for connecting and logging in, in milliseconds. */
  readonly timeoutMs: number;
  /** Ends the transfer when aborted. */
  readonly signal: AbortSignal;
}

/**
 * Fetches a copy of all of a server's data: first its progress, then the pieces of the file.
 *
 * @throws {ChatError} if the server is unreachable, refuses, or breaks off.
 * @throws the reason of `signal`, once it is aborted.
 */
export async function* fetchBackup(options: FetchBackupOptions): AsyncGenerator<CopyMessage, void> {
  const { address, tls, timeoutMs, signal } = options;
  const connection = new GrpcConnection(address, { tls, keepaliveMs: DEFAULTS.keepaliveMs });
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  let due = 0;
  try {
    for await (const copy of copies(connection, options, timeout.signal)) {
      clearTimeout(timer);
      due += copy.size - copy.piece.length;
      yield copy;
    }
    signal.throwIfAborted();
    if (timeout.signal.aborted) throw new ChatError("timeout", "no answer");
    if (due !== 0) throw new ChatError("unavailable", "it broke off");
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    const words = `Cannot back up "${address}": ${error.message}`;
    throw new ChatError(error.code, words, { cause: error });
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
