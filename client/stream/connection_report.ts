import { escapeName } from "../../room/note.ts";
import type { ChatEvent } from "../chat.ts";
import { remark, renderEvent, withAddress } from "../render/render.ts";

/**
 * Reports outages, for programs that otherwise show only the notes of a chat: one line when an
 * outage begins and one when it is over, regardless of the number of attempts and the reasons why
 * they fail.
 */
export class ConnectionReport {
  readonly #report: (line: string) => void;
  /** The server of the latest connection. */
  #address: string | undefined;
  /** The history of the room there, and the one that has notes which a reader may have seen. */
  #history: string | undefined;
  #readHistory: string | undefined;
  /** True from the line about an outage until the server is connected again. */
  #isOut = false;

  /** Reports line by line to `report`. */
  constructor(report: (line: string) => void) {
    this.#report = report;
  }

  /** Records the next event of the chat. */
  record(event: ChatEvent): void {
    if (event.type === "connected") {
      if (this.#isOut && this.#address !== undefined) this.#report(remark(this.#again(event)));
      this.#address = event.address;
      this.#history = event.head?.history;
      if (event.head && event.head.seq > 0) this.#readHistory = this.#history;
      this.#isOut = false;
      if (event.awaited) {
        this.#report(remark(`there is no room "${escapeName(event.room)}" yet; waiting for it`));
      }
    } else if (event.type === "disconnected") {
      if (!this.#isOut) this.#report(renderEvent(event));
      this.#isOut = true;
    } else if (event.type === "notes") this.#readHistory = this.#history;
    else if (event.type === "lost") this.#report(renderEvent(event));
  }

  #again({ address, head }: Extract<ChatEvent, { type: "connected" }>): string {
    const isNew = this.#readHistory !== undefined && head?.history !== this.#readHistory;
    const words = `connected again${isNew ? "; the server has started a new history" : ""}`;
    return withAddress(words, address, this.#address);
  }
}
