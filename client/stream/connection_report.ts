import type { ChatEvent } from "../chat.ts";
import { remark, renderEvent } from "../render/render.ts";

/**
 * Reports what becomes of a connection, to those who show nothing else of a chat than its
 * notes: an outage is one line when it begins and one when it is over, however many attempts
 * that takes, and whatever they fail of.
 */
export class ConnectionReport {
  readonly #report: (line: string) => void;
  #everConnected = false;
  /** True from the line of an outage until we are back. */
  #isOut = false;

  /** Reports to `report`, a line each. */
  constructor(report: (line: string) => void) {
    this.#report = report;
  }

  /** Takes the next event of the chat. */
  record(event: ChatEvent): void {
    if (event.type === "connected") {
      if (this.#isOut && this.#everConnected) this.#report(remark("connected again"));
      this.#everConnected = true;
      this.#isOut = false;
    } else if (event.type === "disconnected") {
      if (!this.#isOut) this.#report(renderEvent(event));
      this.#isOut = true;
    } else if (event.type === "lost") this.#report(renderEvent(event));
  }
}
