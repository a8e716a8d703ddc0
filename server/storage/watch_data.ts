/** How often to check, in milliseconds. */
const CHECK_INTERVAL_MS = 2_000;

/**
 * Checks periodically that written data will be found again.
 *
 * @param check Throws the fault, if there is one.
 * @param changed Called with the error when a fault begins, and without one when it is over.
 */
export function watchData(check: () => void, changed: (error?: unknown) => void): Disposable {
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
