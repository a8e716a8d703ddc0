/**
 * Joins a room: puts together the connection and the contract that the server speaks.
 *
 * @module
 */

import type { Chat, ChatEvent } from "./client/chat.ts";
import { OriginalChat } from "./client/original.ts";
import { SessionChat } from "./client/session.ts";
import { DEFAULTS } from "./room/defaults.ts";
import { ChatError } from "./room/errors.ts";
import { checkName, type NoteKind } from "./room/note.ts";
import { LOBBY } from "./room/rooms.ts";

/** How to join. */
export interface JoinOptions {
  /** The name to speak under: 1 to 64 visible characters. */
  name: string;
  /** The room: 1 to 64 visible characters. Default `lobby`. */
  room?: string;
  /** The server: `HOST:PORT` or `unix:PATH`. Default `127.0.0.1:11912`. */
  address?: string;
  /** With how many of the room's newest notes to start. Default: with all that it has. */
  last?: number;
  /**
   * How long to go on trying to reach the server before the first connection, and how
   * long one attempt may take, in milliseconds. Default 10,000.
   */
  timeoutMs?: number;
  /**
   * How long the server may be silent before it is asked for a sign of life, in
   * milliseconds; if none comes in 0.8 of that time, the connection is lost. Default 10,000.
   */
  keepaliveMs?: number;
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
 *   if (event.type === "connected") void chat.say("hello");
 *   if (event.type === "notes") left.abort();
 * }
 * ```
 *
 * @throws {ChatError} `invalid`, if the name of the person or of the room is.
 */
export function join(options: JoinOptions): Chat {
  const {
    name,
    room = LOBBY,
    address = `${DEFAULTS.host}:${DEFAULTS.port}`,
    last = Infinity,
    timeoutMs = DEFAULTS.timeoutMs,
    keepaliveMs = DEFAULTS.keepaliveMs,
    signal = new AbortController().signal,
  } = options;
  checkName(name);
  checkName(room, "Room");
  const common = { name, room, address, timeoutMs, signal };
  return new AnyChat(
    new SessionChat({ ...common, last, keepaliveMs }),
    () => new OriginalChat(common),
  );
}

/** A chat by sessions, or by the original contract if the server knows no sessions. */
class AnyChat implements Chat {
  /** The chat that the server speaks, or may speak as far as is known. */
  #chat: Chat;
  readonly #fallBack: () => Chat;
  /** Settles when it is known which one the server speaks. */
  readonly #known = Promise.withResolvers<void>();

  constructor(sessions: Chat, fallBack: () => Chat) {
    this.#chat = sessions;
    this.#fallBack = fallBack;
  }

  async *events(): AsyncGenerator<ChatEvent, void> {
    this.#known.promise.catch(() => {}); // Of interest only to those who say something.
    try {
      for await (const event of this.#chat.events()) {
        if (event.type === "connected") this.#known.resolve();
        yield event;
      }
    } catch (error) {
      if (!(error instanceof ChatError && error.code === "unsupported")) throw error;
      this.#chat = this.#fallBack();
      this.#known.resolve();
      yield* this.#chat.events();
    } finally {
      this.#known.reject(new ChatError("unavailable", "Left before the server was there"));
    }
  }

  async say(message: string, kind?: NoteKind): Promise<void> {
    await this.#known.promise;
    await this.#chat.say(message, kind);
  }
}
