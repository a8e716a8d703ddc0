import { ChatError } from "../../room/errors.ts";

/** Whether the server can serve clients at all, so that new ones are refused while it cannot. */
export class Availability {
  readonly #listeners = new Set<() => void>();
  #isAvailable = true;

  get isAvailable(): boolean {
    return this.#isAvailable;
  }

  set isAvailable(isAvailable: boolean) {
    this.#isAvailable = isAvailable;
    for (const onChange of this.#listeners) onChange();
  }

  /** Calls `onChange` after each change, as long as this exists. */
  listen(onChange: () => void): void {
    this.#listeners.add(onChange);
  }

  /**
   * Checks that clients can be served.
   *
   * @throws {ChatError} `unavailable`, if they cannot.
   */
  check(): void {
    if (!this.isAvailable) throw unavailableError();
  }
}

/** The reason for refusing and ending sessions. Clients go to another server, or try again. */
export function unavailableError(): ChatError {
  return new ChatError("unavailable", "This server cannot store notes now: try another one");
}
