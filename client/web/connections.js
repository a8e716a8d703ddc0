import { WebSocketConnection } from "../net/web_socket.ts";

/** The connections of a page: one for each of its rooms. */
export class Connections {
  /** @type {Set<WebSocketConnection>} */
  #open = new Set();

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
    return connection;
  }

  /** Closes all of them, because the network is gone. The chats connect again. */
  close() {
    for (const connection of [...this.#open]) connection.close();
  }
}
