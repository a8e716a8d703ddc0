import type { Store } from "./store.ts";

/** The interval of checks, in milliseconds. */
const CHECK_INTERVAL_MS = 2_000;

/**
 * Checks regularly that the data of a store will be found again.
 *
 * @param changed Called with the error when a check first fails, and without one when it passes again.
 */
export function watchData(
  store: Store,
  changed: (error?: unknown) => void,
): Disposable {
  const check = store.check?.bind(store);
  if (!check) return new DisposableStack();
  let isWell = true;
  const timer = setInterval(() => {
    const was = isWell;
    try {
      check();
      isWell = true;
      if (!was) changed();
    } catch (error) {
      isWell = false;
      if (was) changed(error);
    }
  }, CHECK_INTERVAL_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
