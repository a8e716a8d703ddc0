import { setImmediate } from "node:timers";

/** One turn of the event loop. */
export function nextTick(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
