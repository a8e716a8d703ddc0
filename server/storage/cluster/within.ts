/**
 * Runs a task with a signal that is aborted after `ms` milliseconds, with `reason()`, or together
 * with `signal`.
 */
export async function within<T>(
  ms: number,
  task: (signal: AbortSignal) => Promise<T>,
  { reason, signal }: { readonly reason: () => Error; readonly signal: AbortSignal },
): Promise<T> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(reason()), ms);
  try {
    return await task(AbortSignal.any([signal, deadline.signal]));
  } finally {
    clearTimeout(timer);
  }
}
