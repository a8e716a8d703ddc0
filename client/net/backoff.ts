/** The growth of the waits between attempts. */
export interface BackoffOptions {
  /** The first wait, in milliseconds, before jitter. Default 500. */
  readonly firstMs?: number;
  /** The longest wait, in milliseconds. Default 10,000. */
  readonly longestMs?: number;
  /** Random numbers from 0 to below 1. Default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Returns the wait before attempt `attempt` (0 is the first retry), in milliseconds. The wait
 * doubles each time up to a limit. Up to half of it is subtracted at random, so that the clients of
 * a restarted server do not all reconnect at once.
 */
export function backoff(attempt: number, options: BackoffOptions = {}): number {
  const { firstMs = 500, longestMs = 10_000, random = Math.random } = options;
  const full = Math.min(longestMs, firstMs * 2 ** attempt);
  return Math.round(full * (1 - random() / 2));
}

/** The shortest time that an attempt gets, in milliseconds. */
const SHORTEST_ATTEMPT_MS = 100;

/**
 * Returns the wait before attempt `attempt`, as {@linkcode backoff} does, but at most half of
 * `leftMs`, so that the attempt still fits into the time that is left; undefined once less than
 * 100 ms are left.
 */
export function backoffWithin(leftMs: number, attempt: number): number | undefined {
  return leftMs < SHORTEST_ATTEMPT_MS ? undefined : Math.min(backoff(attempt), leftMs / 2);
}

/** The longest time that a timer supports, in milliseconds. A longer timer fires at once. */
export const LONGEST_MS = 2 ** 31 - 1;

/**
 * Waits for `ms` milliseconds, at most {@linkcode LONGEST_MS}, or until `signal` is aborted. It
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
