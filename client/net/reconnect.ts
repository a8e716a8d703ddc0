import { ChatError, type ChatErrorCode } from "../../room/errors.ts";
import type { ChatEvent } from "../chat.ts";
import { backoffWithin, sleep } from "./backoff.ts";

/** The limits of reconnecting. */
export interface ReconnectOptions {
  /** The server, for error messages. */
  readonly address: string;
  /**
   * The timeout for one attempt to connect, and the time to keep trying for the first connection,
   * in milliseconds.
   */
  readonly timeoutMs: number;
  /** When the time for the first connection began, by `performance.now()`. Default: now. */
  readonly startedAt?: number | undefined;
  /** Stops everything when aborted. */
  readonly signal: AbortSignal;
}

/** The time that a connection must last to reset the waits, in milliseconds. */
const STABLE_MS = 5_000;

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
 * Runs `attempt` repeatedly, with growing waits, and yields its events. An attempt connects, yields
 * `connected` and then further events, and ends or throws when the connection is lost.
 *
 * @throws {ChatError} `unavailable`, naming the address, if no attempt connects within the timeout;
 * and any error that a retry cannot change.
 */
export async function* reconnecting(
  attempt: (signal: AbortSignal) => AsyncIterable<ChatEvent>,
  { address, timeoutMs, startedAt = performance.now(), signal }: ReconnectOptions,
): AsyncGenerator<ChatEvent, void> {
  const giveUpAt = startedAt + timeoutMs;
  let everConnected = false;
  let failures = 0;
  /** The reason why the last answered attempt failed. */
  let answer: string | undefined;
  while (!signal.aborted) {
    const deadline = new AbortController();
    const timer = setTimeout(
      () => deadline.abort(),
      everConnected ? timeoutMs : Math.max(0, giveUpAt - performance.now()),
    );
    let reason = "the connection ended";
    let connectedAt = Infinity;
    let isRestart = false;
    try {
      for await (const event of attempt(AbortSignal.any([signal, deadline.signal]))) {
        if (event.type === "connected") {
          clearTimeout(timer);
          everConnected = true;
          connectedAt = performance.now();
        }
        yield event;
      }
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      const final = everConnected ? FINAL : FINAL_AT_FIRST;
      if (final.includes(error.code) && !deadline.signal.aborted) {
        const what = everConnected ? "Disconnected from" : "Cannot join";
        throw new ChatError(error.code, `${what} "${address}": ${error.message}`, { cause: error });
      }
      reason = error.message;
      isRestart = error instanceof Restart;
    } finally {
      clearTimeout(timer);
    }
    if (signal.aborted) return;
    // The result of an abandoned attempt is not an answer.
    if (deadline.signal.aborted) reason = "no answer";
    else answer = reason;
    // A server that accepts a connection and ends it at once counts as unreachable.
    if (isRestart || performance.now() - connectedAt > STABLE_MS) failures = 0;
    const leftMs = everConnected ? Infinity : giveUpAt - performance.now();
    const retryMs = backoffWithin(leftMs, failures++);
    if (retryMs === undefined) {
      const tried = `tried for ${timeoutMs / 1_000} s`;
      const why = answer ?? reason; // The time usually runs out in the middle of an attempt.
      throw new ChatError("unavailable", `Cannot reach "${address}": ${why} (${tried})`);
    }
    yield { type: "disconnected", address, reason, retryMs };
    await sleep(retryMs, signal);
  }
}
