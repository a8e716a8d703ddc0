import { nextTick } from "../event_loop.ts";

/** A stream of messages. It calls `done` when one has left for the socket. */
interface MessageWriter<Message> {
  write(message: Message, done: () => void): unknown;
}

/**
 * Writes a message and waits until it has left for the socket, so that no queue forms for a slow
 * peer. `signal` ends the wait, as a stalled peer may never read.
 */
export function writeOut<Message>(
  writer: MessageWriter<Message>,
  message: Message,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const leave = () => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    writer.write(message, () => {
      signal.removeEventListener("abort", leave);
      resolve();
    });
  });
}

/**
 * Like {@linkcode writeOut}, and then waits for the next tick: a loop that writes all it can to a fast
 * peer must not starve the others.
 */
export async function writeAndYield<Message>(
  writer: MessageWriter<Message>,
  message: Message,
  signal: AbortSignal,
): Promise<void> {
  await writeOut(writer, message, signal);
  await nextTick();
}
