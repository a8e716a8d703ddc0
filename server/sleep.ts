import { Bell } from "../room/wakeup.ts";

/**
 * Waits for so many milliseconds.
 *
 * @throws the reason of `signal`, once it is aborted.
 */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  const bell = new Bell();
  const timer = setTimeout(bell.ring, ms);
  try {
    await bell.wait(signal);
  } finally {
    clearTimeout(timer);
  }
}
