import type { ChatEvent } from "../chat.ts";
import { reconnecting, type ReconnectOptions } from "../net/reconnect.ts";

/** The options of {@linkcode connect}. */
export interface ConnectOptions extends ReconnectOptions {
  /** Called for each attempt that fails before the first connection. */
  readonly onRetry?: ((failure: Extract<ChatEvent, { type: "disconnected" }>) => void) | undefined;
  /** Called once the events have ended. */
  readonly onEnd?: () => void;
}

/**
 * Connects, and returns the events of the chat from `connected` on, which reconnect as
 * {@linkcode reconnecting} does. Aborting `signal` or returning the events closes the connection,
 * even before they are read.
 *
 * @throws {ChatError} when the server cannot be reached in time, or does not admit us.
 * @throws the reason of `signal`, once it is aborted.
 */
export async function connect(
  attempt: (signal: AbortSignal) => AsyncIterable<ChatEvent>,
  { onRetry, onEnd, ...options }: ConnectOptions,
): Promise<AsyncGenerator<ChatEvent, void>> {
  const { signal } = options;
  const events = reconnecting(attempt, options);
  for (let next = await events.next(); !next.done; next = await events.next()) {
    const event = next.value;
    if (event.type === "disconnected") onRetry?.(event);
    if (event.type !== "connected") continue;
    const reading = new AbortController();
    const chat = (async function* () {
      try {
        yield event; // Consumed below: return() ends only a generator that has started.
        reading.abort(); // From here on `events` themselves end when `signal` is aborted.
        yield event;
        yield* events;
      } finally {
        await events.return();
        onEnd?.();
      }
    })();
    await chat.next();
    const close = () => void chat.return();
    signal.addEventListener("abort", close, { once: true, signal: reading.signal });
    if (signal.aborted) close();
    signal.throwIfAborted();
    return chat;
  }
  throw signal.reason; // Nothing else ends the events before the first connection.
}
