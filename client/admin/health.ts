import { health, SERVING_STATUS } from "../../proto/health.ts";
import { ChatError } from "../../room/errors.ts";
import { GrpcConnection } from "../net/grpc.ts";
import type { TlsOptions } from "../net/tls.ts";

/** The server to ask. */
export interface HealthOptions {
  /** The server: `HOST:PORT` or `unix:PATH`. */
  readonly address: string;
  /** The encryption. Undefined means plaintext, and false means that plaintext was requested. */
  readonly tls: TlsOptions | false | undefined;
  /** The timeout for the answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Gives up when aborted. */
  readonly signal: AbortSignal;
}

/**
 * Asks a server once whether it is serving. The caller needs no identity.
 *
 * @throws {ChatError} naming the address, if the server does not answer.
 */
export async function isServing(
  { address, tls, timeoutMs, signal }: HealthOptions,
): Promise<boolean> {
  const connection = new GrpcConnection(address, { tls });
  const close = () => connection.close();
  signal.addEventListener("abort", close, { once: true });
  try {
    if (signal.aborted) close();
    const { status } = await connection.ask(health.Check, { service: "" }, timeoutMs);
    return status === SERVING_STATUS.SERVING;
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    const words = healthFailure(error, timeoutMs);
    throw new ChatError(error.code, `Cannot check "${address}": ${words}`, { cause: error });
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

function healthFailure({ code, message }: ChatError, timeoutMs: number): string {
  if (code === "timeout") return `no answer within ${timeoutMs / 1_000} s`;
  if (code === "unsupported") return "it does not support health checks";
  return message;
}
