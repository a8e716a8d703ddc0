import { ChatError, type ChatErrorCode } from "../../room/errors.ts";
import type { ChatEvent } from "../chat.ts";
import { Attempts, type AttemptsOptions } from "./attempts.ts";
import { sleep } from "./backoff.ts";

/** The options of {@linkcode reconnecting}. */
export interface ReconnectOptions extends AttemptsOptions {
  /** Stops everything when aborted. */
  readonly signal: AbortSignal;
}

/** Errors that a retry cannot change. */
const FINAL: readonly ChatErrorCode[] = [
  "invalid",
  "taken",
  "unauthenticated",
  "untrusted",
  "forbidden",
  "replaced",
  "too_large",
];

/**
 * Errors that a retry cannot change before the first connection. Later they mean that something
 * else has replaced the server, or that it has lost the room, which returns with its members.
 */
const FINAL_AT_FIRST: readonly ChatErrorCode[] = [...FINAL, "missing", "mismatched", "unsupported"];

/** Thrown by an attempt that has cut its own connection in order to begin again: not a failure. */
export class Restart extends ChatError {
  /** Makes the error. `reason` appears in the event `disconnected`. */
  constructor(reason: string) {
    super("unavailable", reason);
  }
}

/**
 * Runs `attempt` repeatedly, as {@linkcode Attempts} decides, and yields its events. An attempt
 * connects, yields `connected` and then further events, and ends or throws when the connection is
 * lost.
 *
 * @throws {ChatError} `unavailable`, naming the addresses, if no attempt connects within the
 * timeout; and any error that a retry cannot change, from whichever server: no other is tried.
 */
export async function* reconnecting(
  attempt: (address: string, signal: AbortSignal) => AsyncIterable<ChatEvent>,
  { signal, ...options }: ReconnectOptions,
): AsyncGenerator<ChatEvent, void> {
  const attempts = new Attempts(options);
  while (!signal.aborted) {
    const { address, attemptMs } = attempts;
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), attemptMs);
    let reason: string | undefined = "the connection ended";
    let isRestart = false;
    try {
      for await (const event of attempt(address, AbortSignal.any([signal, deadline.signal]))) {
        if (event.type === "connected") {
          clearTimeout(timer);
          attempts.connected();
        }
        yield event;
      }
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (!deadline.signal.aborted) throwIfFinal(error, attempts);
      reason = error.message;
      isRestart = error instanceof Restart;
    } finally {
      clearTimeout(timer);
    }
    if (signal.aborted) return;
    // The result of an abandoned attempt is not an answer.
    if (deadline.signal.aborted) reason = undefined;
    const retryMs = isRestart ? attempts.restarted() : attempts.failed(reason);
    if (retryMs === undefined) throw attempts.unreachable();
    const next = attempts.address;
    yield { type: "disconnected", address, reason: reason ?? "no answer", retryMs, next };
    await sleep(retryMs, signal);
  }
}

/** Throws an error that a retry cannot change. */
function throwIfFinal(error: ChatError, { address, everConnected }: Attempts): void {
  const final = everConnected ? FINAL : FINAL_AT_FIRST;
  if (!final.includes(error.code)) return;
  const what = everConnected ? "Disconnected from" : "Cannot join";
  throw new ChatError(error.code, `${what} "${address}": ${error.message}`, { cause: error });
}
