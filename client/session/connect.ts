import type { ChatEvent, DisconnectedEvent } from "../chat.ts";
import { reconnecting, type ReconnectOptions } from "../net/reconnect.ts";
import type { Backlog } from "./backlog.ts";
import type { Departure } from "./departure.ts";

/** The options of {@linkcode connect}. */
export interface ConnectOptions extends ReconnectOptions {
  /** Called for each attempt that fails before the first connection. */
  readonly onRetry?: ((failure: DisconnectedEvent) => void) | undefined;
}

/**
 * Connects, and receives the events of the chat from `connected` on into `backlog`, whether or not
 * they are read; it reconnects as {@linkcode reconnecting} does. Returns the events to read.
 * Aborting `signal` or returning the events leaves the chat, as `departure` does.
 *
 * @throws {ChatError} when the server cannot be reached in time, or does not admit us.
 * @throws the reason of `signal`, once it is aborted.
 */
export async function connect(
  attempt: (address: string, signal: AbortSignal) => AsyncIterable<ChatEvent>,
  backlog: Backlog,
  departure: Departure,
  { onRetry, ...options }: ConnectOptions,
): Promise<AsyncIterableIterator<ChatEvent>> {
  const signal = AbortSignal.any([options.signal, departure.signal]);
  const events = reconnecting(attempt, { ...options, signal });
  let event: ChatEvent | void;
  do {
    ({ value: event } = await events.next());
    if (event?.type === "disconnected") onRetry?.(event);
  } while (event && event.type !== "connected");
  if (!event) throw signal.reason; // Nothing else ends the events before the first connection.
  backlog.push(event);
  const received = receive(events, backlog, departure);
  // The chat was left in the turn in which it was admitted: no events follow.
  if (signal.aborted) await received;
  signal.throwIfAborted();
  return readUntilReturn(backlog, () => departure.leave());
}

/** Reads a backlog; returning the events calls `leave` first. */
function readUntilReturn(
  backlog: Backlog,
  leave: () => Promise<void>,
): AsyncIterableIterator<ChatEvent> {
  const reading = backlog.read();
  const events: AsyncIterableIterator<ChatEvent> = {
    next: () => reading.next(),
    async return() {
      await leave();
      return await reading.return();
    },
    [Symbol.asyncIterator]: () => events,
  };
  return events;
}

/** Receives events until they end. Never throws: the backlog passes on the error. */
async function receive(
  events: AsyncIterable<ChatEvent>,
  backlog: Backlog,
  departure: Departure,
): Promise<void> {
  try {
    for await (const event of events) backlog.push(event);
    backlog.end();
    departure.end();
  } catch (error) {
    backlog.end({ error });
    departure.end(error);
  }
}
