import type { Draft } from "../room/note.ts";

/** What happens in a chat, in the order in which to show it. */
export type ChatEvent =
  /** The server is there, for the first time or again. */
  | { readonly type: "connected" }
  /** Somebody said something: one of the others, or oneself. */
  | { readonly type: "note"; readonly note: Draft }
  /** The server is gone or not reachable; the next attempt comes in `retryMs` milliseconds. */
  | { readonly type: "disconnected"; readonly reason: string; readonly retryMs: number };

/** A place in a chat: what a front end shows and where it says things. */
export interface Chat {
  /**
   * Connects, and yields what happens until the chat is left. Call it once, and keep
   * reading: the connection lives by that.
   *
   * @throws {ChatError} when the server was never reached, or will not have us.
   */
  events(): AsyncIterable<ChatEvent>;

  /**
   * Says something, and resolves once the server has accepted it.
   *
   * @throws {ChatError} when it did not: the words say why, and the text is the caller's to keep.
   */
  say(message: string): Promise<void>;
}
