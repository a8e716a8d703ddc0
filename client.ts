/**
 * Joins a room: puts together the connection and the contract that the server speaks.
 *
 * @module
 */

import type { Chat } from "./client/chat.ts";
import { OriginalChat } from "./client/original.ts";
import { checkName } from "./room/note.ts";

/** How to join. */
export interface JoinOptions {
  /** The name to speak under: 1 to 64 visible characters. */
  name: string;
  /** The server: `HOST:PORT` or `unix:PATH`. Default `127.0.0.1:11912`. */
  address?: string;
  /**
   * How long to go on trying to reach the server before the first connection, and how
   * long to wait for an answer, in milliseconds. Default 10,000.
   */
  timeoutMs?: number;
  /** Leaves the chat when aborted. */
  signal?: AbortSignal;
}

/**
 * Joins a chat. It connects, and reconnects when the server goes away, for as long as
 * its events are read.
 *
 * @example
 * ```ts
 * import { join } from "./client.ts";
 * import { serve } from "./server.ts";
 *
 * await using server = await serve({ address: "127.0.0.1:0" });
 * const left = new AbortController();
 * const chat = join({ name: "bob", address: server.address, signal: left.signal });
 * for await (const event of chat.events()) {
 *   if (event.type === "connected") await chat.say("hello");
 *   if (event.type === "note") left.abort();
 * }
 * ```
 *
 * @throws {ChatError} `invalid`, if the name is.
 */
export function join(options: JoinOptions): Chat {
  const {
    name,
    address = "127.0.0.1:11912",
    timeoutMs = 10_000,
    signal = new AbortController().signal,
  } = options;
  checkName(name);
  return new OriginalChat({ name, address, timeoutMs, signal });
}
