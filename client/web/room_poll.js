import { ChatError } from "../../room/errors.ts";

/** @import { FrontEnd } from "../conversation/front_end.ts" */
/** @import { Connections } from "./connections.js" */
/** @import { Side } from "./side.js" */

/** How often the list of rooms is asked for, in milliseconds. */
const ROOMS_MS = 30_000;

/** The longest wait for that list before the connection counts as lost, in milliseconds. */
const PATIENCE_MS = 15_000;

/** Shows the list of rooms at the side. The answers also show that the connections are alive. */
export class RoomPoll {
  #frontEnd;
  #side;
  #connections;

  /** @param {{ frontEnd: FrontEnd, side: Side, connections: Connections }} parts */
  constructor({ frontEnd, side, connections }) {
    this.#frontEnd = frontEnd;
    this.#side = side;
    this.#connections = connections;
  }

  /**
   * Lists the rooms now and then.
   *
   * @param {AbortSignal} signal Ends it.
   */
  run(signal) {
    const timer = setInterval(() => void this.ask(), ROOMS_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
  }

  /** Lists the rooms now. */
  async ask() {
    const { openRooms, current } = this.#frontEnd;
    const timer = setTimeout(() => this.#connections.close(), PATIENCE_MS);
    try {
      const others = openRooms.filter((room) => room !== current);
      await Promise.allSettled(others.map(({ chat }) => chat.rooms()));
      this.#side.showRooms(await this.#frontEnd.rooms(), this.#frontEnd.transcript.room);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error; // Without a connection the old list stays.
    } finally {
      clearTimeout(timer);
    }
  }
}
