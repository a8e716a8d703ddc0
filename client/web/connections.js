import { WebSocketConnection } from "../net/web_socket.ts";

/** The connections of a page: one for each of its rooms. */
export class Connections {
  /** @type {Set<WebSocketConnection>} */
  #open = new Set();
  /** Whether another page has taken the place of this one. */
  #isAway = false;

  /**
   * Follows the page: nothing is connected while another one has its place. A browser keeps a page
   * for Back, with its connections, and the person would seem to be in the chat for minutes.
   */
  constructor() {
    globalThis.addEventListener("pagehide", () => {
      this.#isAway = true;
      this.close();
    });
    globalThis.addEventListener("pageshow", () => this.#isAway = false);
    // A browser knows that it is offline before the connections do.
    globalThis.addEventListener("offline", () => this.close());
  }

  /**
   * Starts connecting to a server.
   *
   * @param {string} address
   */
  dial(address) {
    const open = this.#open;
    const connection = new class extends WebSocketConnection {
      /** @override */
      close() {
        open.delete(this);
        super.close();
      }
    }(address);
    open.add(connection);
    if (this.#isAway) connection.close(); // It fails, and the chat tries again later.
    return connection;
  }

  /** Closes all of them. The chats connect again as soon as they can. */
  close() {
    for (const connection of [...this.#open]) connection.close();
  }
}
