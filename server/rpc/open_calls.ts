import { ChatError } from "../../room/errors.ts";

/** A call, as far as its end is concerned. */
interface Cancellable {
  once(event: "cancelled", listener: () => void): unknown;
}

/** The open calls, so that a stopping server can end them. */
export class OpenCalls {
  readonly #controllers = new Set<AbortController>();
  /** Why no more calls are taken, once that is so. */
  #ended: ChatError | undefined;

  /** Returns a signal that is aborted when the peer leaves or the server stops. */
  open(call: Cancellable): AbortSignal {
    const controller = new AbortController();
    if (this.#ended) controller.abort(this.#ended);
    this.#controllers.add(controller);
    call.once("cancelled", () => {
      controller.abort(new ChatError("unavailable", "connection lost"));
      this.#controllers.delete(controller);
    });
    return controller.signal;
  }

  /** Ends them all, and all that come, giving `reason`. */
  end(reason: ChatError): void {
    this.#ended = reason;
    for (const controller of this.#controllers) controller.abort(reason);
  }
}
