import type { Writable } from "node:stream";

/** Waits until a stream accepts more. `signal` ends the wait, as a stalled peer may never drain. */
export function waitForDrain(call: Writable, signal: AbortSignal): Promise<void> {
  return waitForEvent(signal, (done) => {
    call.once("drain", done);
    return () => call.off("drain", done);
  });
}

/** What takes messages, and calls `done` when one has left for the socket. */
interface MessageWriter<Message> {
  write(message: Message, done: () => void): unknown;
}

/**
 * Writes a message and waits until it has left for the socket, so that no queue forms for a slow
 * peer, and until the next tick, so that a fast one does not starve the others.
 */
export function writeAndFlush<Message>(
  call: MessageWriter<Message>,
  message: Message,
  signal: AbortSignal,
): Promise<void> {
  return waitForEvent(signal, (done) => {
    call.write(message, () => setImmediate(done));
    return () => {};
  });
}

/** Waits for an event, or rejects with the reason of `signal`. */
function waitForEvent(
  signal: AbortSignal,
  subscribe: (done: () => void) => () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const leave = () => {
      unsubscribe();
      reject(signal.reason);
    };
    const unsubscribe = subscribe(() => {
      signal.removeEventListener("abort", leave);
      resolve();
    });
    signal.addEventListener("abort", leave, { once: true });
  });
}
