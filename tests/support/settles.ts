/** Returns whether a promise settles within a turn of the event loop. It must not be rejected. */
export async function settles(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  void promise.then(() => isSettled = true);
  await new Promise((resolve) => setTimeout(resolve));
  return isSettled;
}
