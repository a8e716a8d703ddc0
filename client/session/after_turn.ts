/**
 * Calls `callback` once, after the turn of the event loop that is under way. Browsers have no
 * `setImmediate`; their timers wait for a second or longer while a page is in the background, but
 * their messages do not.
 */
export function afterTurn(callback: () => void): void {
  if (typeof setImmediate === "function") {
    setImmediate(callback);
    return;
  }
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    port2.close();
    callback();
  };
  port2.postMessage(undefined);
}
