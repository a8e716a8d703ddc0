/** How often to look, in milliseconds. */
const CHECK_INTERVAL_MS = 2_000;

/**
 * Looks, again and again, whether what is kept will be found again.
 *
 * @param look Throws what is the matter, if something is.
 * @param changed Hears of it when that begins, and without an error when it is over.
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
