import { ChatError, type ChatErrorCode } from "../../room/errors.ts";
import { FailureReasons } from "../net/failure_reasons.ts";

/** The options of {@linkcode firstAnswer}. */
export interface FirstAnswerOptions {
  /** The servers of one chat, in the order in which to ask them. */
  readonly addresses: readonly string[];
  /** The timeout for the answer, in milliseconds; servers share it. */
  readonly timeoutMs: number;
  /** Gives up when aborted. */
  readonly signal: AbortSignal;
  /** The failed action, for error messages: `Cannot check`. */
  readonly failure: string;
}

/** Errors after which another server may answer. */
const AWAY: readonly ChatErrorCode[] = ["unavailable", "timeout"];

/**
 * Asks each server once, in turn, until one answers. A refusal is an answer: the others would refuse
 * the same.
 *
 * @throws {ChatError} if a server refuses, or none answers, with the addresses.
 */
export async function firstAnswer<T>(
  ask: (address: string, timeoutMs: number) => Promise<T>,
  { addresses, timeoutMs, signal, failure }: FirstAnswerOptions,
): Promise<T> {
  const giveUpAt = performance.now() + timeoutMs;
  const reasons = new FailureReasons(addresses);
  let last: ChatError | undefined;
  for (const [index, address] of addresses.entries()) {
    const leftMs = Math.max(0, giveUpAt - performance.now());
    try {
      return await ask(address, leftMs / (addresses.length - index));
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (signal.aborted || !AWAY.includes(error.code)) {
        const words = `${failure} "${address}": ${error.message}`;
        throw new ChatError(error.code, words, { cause: error });
      }
      reasons.record(address, error.message);
      last = error;
    }
  }
  throw new ChatError(last?.code ?? "unavailable", `${failure} ${reasons}`, { cause: last });
}
