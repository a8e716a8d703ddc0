/** Opens standard input, and reads it until it ends or `signal` is aborted. */
export async function* readStdin(signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  const reader = Deno.stdin.readable.getReader();
  const stop = () => void reader.cancel();
  signal.addEventListener("abort", stop, { once: true });
  try {
    if (signal.aborted) return;
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    signal.removeEventListener("abort", stop);
    reader.releaseLock();
  }
}
