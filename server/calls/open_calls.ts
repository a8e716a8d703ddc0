import { ChatError } from "../../room/errors.ts";

/** The part of a call that signals its end. */
interface Cancellable {
  /** Adds a listener. The event comes once, but `once()` takes more memory for as long as it waits. */
  on(event: "cancelled", listener: () => void): unknown;
}

/** The open calls, so that a stopping server can end them. */
export class OpenCalls {
  readonly #controllers = new Set<AbortController>();
  /** The reason why calls are refused; undefined while they are accepted. */
  #ended: ChatError | undefined;

  /** Whether the server stops. */
  get areOver(): boolean {
    return this.#ended !== undefined;
  }

  /** Returns a signal that is aborted when the peer leaves or the server stops. */
  open(call: Cancellable): AbortSignal {
    const controller = new AbortController();
    if (this.#ended) controller.abort(this.#ended);
    this.#controllers.add(controller);
    call.on("cancelled", () => {
      controller.abort(new ChatError("unavailable", "connection lost"));
      this.#controllers.delete(controller);
    });
    return controller.signal;
  }

  /** Ends all open and all future calls with `reason`. */
  end(reason: ChatError): void {
    this.#ended = reason;
    for (const controller of this.#controllers) controller.abort(reason);
  }
}
