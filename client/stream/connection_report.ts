import { escapeName } from "../../room/note.ts";
import type { ChatEvent } from "../chat.ts";
import { remark, renderEvent } from "../render/render.ts";

/**
 * Reports outages, for programs that otherwise show only the notes of a chat: one line when an
 * outage begins and one when it is over, regardless of the number of attempts and the reasons why
 * they fail.
 */
export class ConnectionReport {
  readonly #report: (line: string) => void;
  #everConnected = false;
  /** True from the line about an outage until the server is connected again. */
  #isOut = false;

  /** Reports line by line to `report`. */
  constructor(report: (line: string) => void) {
    this.#report = report;
  }

  /** Records the next event of the chat. */
  record(event: ChatEvent): void {
    if (event.type === "connected") {
      if (this.#isOut && this.#everConnected) this.#report(remark("connected again"));
      this.#everConnected = true;
      this.#isOut = false;
      if (event.awaited) {
        this.#report(remark(`there is no room "${escapeName(event.room)}" yet; waiting for it`));
      }
    } else if (event.type === "disconnected") {
      if (!this.#isOut) this.#report(renderEvent(event));
      this.#isOut = true;
    } else if (event.type === "lost") this.#report(renderEvent(event));
  }
}
