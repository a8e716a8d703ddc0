/** What takes messages, and calls `done` when one has left for the socket. */
interface MessageWriter<Message> {
  write(message: Message, done: () => void): unknown;
}

/**
 * Writes a message and waits until it has left for the socket, so that no queue forms for a slow
 * peer, and until the next tick, so that a fast one does not starve the others. `signal` ends the
 * wait, as a stalled peer may never read.
 */
export function writeAndFlush<Message>(
  call: MessageWriter<Message>,
  message: Message,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const leave = () => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    const done = () => {
      signal.removeEventListener("abort", leave);
      resolve();
    };
    call.write(message, () => setImmediate(done));
  });
}
