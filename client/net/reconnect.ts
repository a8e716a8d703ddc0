import { ChatError, type ChatErrorCode } from "../../room/errors.ts";
import type { ChatEvent } from "../chat.ts";
import { backoff, sleep } from "./backoff.ts";

/** When to try, and when to stop trying. */
export interface ReconnectOptions {
  /** The server, as errors name it. */
  readonly address: string;
  /**
   * How long one attempt may take to connect, and how long to go on trying before the
   * first one has, in milliseconds.
   */
  readonly timeoutMs: number;
  /** Ends it all when aborted. */
  readonly signal: AbortSignal;
}

/** How long a connection must have lasted for the waits to start over, in milliseconds. */
const STABLE_MS = 5_000;

/** Errors that another attempt cannot change. */
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
 * The same, before somebody has been in. From then on something else has taken the server's
 * place, or it has lost the room, which comes back with those who talk in it.
 */
const FINAL_AT_FIRST: readonly ChatErrorCode[] = [...FINAL, "missing", "mismatched", "unsupported"];

/**
 * Runs `attempt` again and again, with growing waits, and yields what the attempts
 * yield. An attempt connects, yields `connected`, then what happens, and ends or throws
 * when the connection is gone.
 *
 * @throws {ChatError} `unavailable`, naming the address, if none connects within the
 * timeout; and whatever error of an attempt no repetition will mend.
 */
export async function* reconnecting(
  attempt: (signal: AbortSignal) => AsyncIterable<ChatEvent>,
  { address, timeoutMs, signal }: ReconnectOptions,
): AsyncGenerator<ChatEvent, void> {
  const giveUpAt = performance.now() + timeoutMs;
  let everConnected = false;
  let failures = 0;
  /** Why the last attempt failed that was answered. */
  let answer: string | undefined;
  while (!signal.aborted) {
    const deadline = new AbortController();
    const timer = setTimeout(
      () => deadline.abort(),
      everConnected ? timeoutMs : Math.max(0, giveUpAt - performance.now()),
    );
    let reason = "the connection ended";
    let connectedAt = Infinity;
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
        const what = everConnected ? "Cannot stay at" : "Cannot join";
        throw new ChatError(error.code, `${what} "${address}": ${error.message}`, { cause: error });
      }
      reason = error.message;
    } finally {
      clearTimeout(timer);
    }
    if (signal.aborted) return;
    // What comes of an attempt that was given up is no answer, whatever it says.
    if (deadline.signal.aborted) reason = "no answer";
    else answer = reason;
    // A server that lets us in and ends at once is no better than one that is not there.
    if (performance.now() - connectedAt > STABLE_MS) failures = 0;
    const retryMs = backoff(failures++);
    if (!everConnected && performance.now() + retryMs >= giveUpAt) {
      const tried = `tried for ${timeoutMs / 1_000} s`;
      const why = answer ?? reason; // The time is up in the middle of an attempt, as a rule.
      throw new ChatError("unavailable", `Cannot reach "${address}": ${why} (${tried})`);
    }
    yield { type: "disconnected", reason, retryMs };
    await sleep(retryMs, signal);
  }
}
