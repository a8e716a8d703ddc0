/**
 * Keeps the process alive after uncaught errors, until disposed, and reports them. For a server
 * only: input from one peer must not end it for all others, and clients resend notes that it has
 * not stored by then.
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
