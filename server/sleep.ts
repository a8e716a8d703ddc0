import { Wakeup } from "../room/wakeup.ts";

/**
 * Waits for `ms` milliseconds.
 *
 * @throws the reason of `signal`, once it is aborted.
 */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  const wakeup = new Wakeup();
  const timer = setTimeout(wakeup.notify, ms);
  try {
    await wakeup.wait(signal);
  } finally {
    clearTimeout(timer);
  }
}
