import { escapeName } from "../../room/note.ts";
import type { ChatEvent } from "../chat.ts";
import { remark, renderEvent, withAddress } from "../render/render.ts";

/**
 * Reports outages, for programs that otherwise show only the notes of a chat: one line when an
 * outage begins and one when it is over, regardless of the number of attempts and the reasons why
 * they fail. The chats of several rooms have outages in common.
 */
export class ConnectionReport {
  readonly #report: (line: string) => void;
  readonly #outage: Outage;
  /** The server of the latest connection. */
  #address: string | undefined;
  /** The history of the room there, and the one that has notes which a reader may have seen. */
  #history: string | undefined;
  #readHistory: string | undefined;
  /** Reports line by line to `report`, and outages to `outage`. Default: to `report`, too. */
  constructor(report: (line: string) => void, outage = new Outage(report)) {
    this.#report = report;
    this.#outage = outage;
  }

  /** Records the next event of the chat. */
  record(event: ChatEvent): void {
    if (event.type === "connected") {
      this.#outage.end(this, this.#address === undefined ? undefined : this.#again(event));
      this.#address = event.address;
      this.#history = event.head?.history;
      if (event.head && event.head.seq > 0) this.#readHistory = this.#history;
      if (event.awaited) {
        this.#report(remark(`there is no room "${escapeName(event.room)}" yet; waiting for it`));
      }
    } else if (event.type === "disconnected") {
      this.#outage.begin(this, event);
    } else if (event.type === "notes") this.#readHistory = this.#history;
    else if (event.type === "lost") this.#report(renderEvent(event));
  }

  /** Records that the chat has ended, so that nobody waits for it. */
  close(): void {
    this.#outage.end(this, undefined);
  }

  #again({ address, head }: Extract<ChatEvent, { type: "connected" }>): string {
    const isNew = this.#readHistory !== undefined && head?.history !== this.#readHistory;
    const words = `connected again${isNew ? "; the server has started a new history" : ""}`;
    return withAddress(words, address, this.#address);
  }
}

/** The outage of one chat, or of several at once: until all of them are connected again. */
export class Outage {
  readonly #report: (line: string) => void;
  readonly #chats = new Set<ConnectionReport>();
  /** What there is to say at the end: what the chat says that has most to say. */
  #words = "";

  /** Reports line by line to `report`. */
  constructor(report: (line: string) => void) {
    this.#report = report;
  }

  /** Records that a chat is not connected. */
  begin(chat: ConnectionReport, event: Extract<ChatEvent, { type: "disconnected" }>): void {
    if (this.#chats.size === 0) this.#report(renderEvent(event));
    this.#chats.add(chat);
  }

  /** Records that a chat is connected, with `words` about it if it was connected before. */
  end(chat: ConnectionReport, words = ""): void {
    if (!this.#chats.delete(chat)) return;
    if (words.length > this.#words.length) this.#words = words;
    if (this.#chats.size > 0) return;
    if (this.#words !== "") this.#report(remark(this.#words));
    this.#words = "";
  }
}
