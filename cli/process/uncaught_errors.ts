/**
 * Keeps the process alive when something throws where nobody catches it, until this is disposed,
 * and hands on what it was. For a server alone: what a peer sends must not end it for all others,
 * and what it has not written by then, a client sends again.
 */
export function catchUncaught(onError: (error: unknown) => void): Disposable {
  const onThrow = (event: ErrorEvent) => {
    event.preventDefault();
    onError(event.error);
  };
  const onReject = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    onError(event.reason);
  };
  addEventListener("error", onThrow);
  addEventListener("unhandledrejection", onReject);
  return {
    [Symbol.dispose]() {
      removeEventListener("error", onThrow);
      removeEventListener("unhandledrejection", onReject);
    },
  };
}
