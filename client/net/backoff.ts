/** How the waits between attempts grow. */
export interface BackoffOptions {
  /** The first wait, in milliseconds, before jitter. Default 500. */
  readonly firstMs?: number;
  /** The longest wait, in milliseconds. Default 10,000. */
  readonly longestMs?: number;
  /** Random numbers from 0 to below 1. Default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Returns how long to wait, in milliseconds, before attempt `attempt` (0 is the first
 * repetition): twice as long each time, up to a bound, and up to half of it taken off by
 * chance, so that the clients of a server that comes back do not all arrive at once.
 */
export function backoff(attempt: number, options: BackoffOptions = {}): number {
  const { firstMs = 500, longestMs = 10_000, random = Math.random } = options;
  const full = Math.min(longestMs, firstMs * 2 ** attempt);
  return Math.round(full * (1 - random() / 2));
}

/** The longest time that a timer takes, in milliseconds: what is longer is over at once. */
export const LONGEST_MS = 2 ** 31 - 1;

/**
 * Waits for `ms` milliseconds, {@linkcode LONGEST_MS} at most, or until `signal` is aborted; it
 * never throws.
 */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, Math.min(ms, LONGEST_MS));
    signal.addEventListener("abort", wake, { once: true });
  });
}
