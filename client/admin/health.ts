import { health, SERVING_STATUS } from "../../proto/health.ts";
import { ChatError } from "../../room/errors.ts";
import { GrpcConnection } from "../net/grpc.ts";
import type { TlsOptions } from "../net/tls.ts";
import { firstAnswer } from "./first_answer.ts";

/** The servers to ask. */
export interface HealthOptions {
  /** The servers of one chat: each `HOST:PORT` or `unix:PATH`. */
  readonly addresses: readonly string[];
  /** The encryption. Undefined means plaintext, and false means that plaintext was requested. */
  readonly tls: TlsOptions | false | undefined;
  /** The timeout for the answer, in milliseconds; servers share it. */
  readonly timeoutMs: number;
  /** Gives up when aborted. */
  readonly signal: AbortSignal;
}

/** The answer of a server. */
export interface HealthAnswer {
  /** The address of the server. */
  readonly address: string;
  /** Whether it serves. */
  readonly serves: boolean;
}

/**
 * Asks each server once, in turn, until one serves. Returns its answer; if none serves, the answer
 * of the first that has answered. The caller needs no identity.
 *
 * @throws {ChatError} naming the addresses, if no server answers.
 */
export async function checkHealth(
  { tls, signal, ...options }: HealthOptions,
): Promise<HealthAnswer> {
  let negative: HealthAnswer | undefined;
  const ask = async (address: string, timeoutMs: number) => {
    const serves = await isServing(new GrpcConnection(address, { tls }), timeoutMs, signal);
    if (serves) return { address, serves };
    negative ??= { address, serves };
    throw new ChatError("unavailable", "it does not serve");
  };
  try {
    return await firstAnswer(ask, { ...options, signal, failure: "Cannot check" });
  } catch (error) {
    if (negative && !signal.aborted) return negative;
    throw error;
  }
}

/** Asks the server at the other end of a connection, and closes it. */
async function isServing(
  connection: GrpcConnection,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const close = () => connection.close();
  signal.addEventListener("abort", close, { once: true });
  try {
    if (signal.aborted) close();
    const { status } = await connection.ask(health.Check, { service: "" }, timeoutMs);
    return status === SERVING_STATUS.SERVING;
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    throw new ChatError(error.code, healthFailure(error, timeoutMs), { cause: error });
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

function healthFailure({ code, message }: ChatError, timeoutMs: number): string {
  if (code === "timeout") return `no answer within ${Number((timeoutMs / 1_000).toFixed(1))} s`;
  if (code === "unsupported") return "it does not support health checks";
  return message;
}
