/**
 * Joins a room: puts together the connection and the contract that the server speaks.
 *
 * @module
 */

import type { Chat, ChatEvent, ModerationResult, MoveOptions, SayOptions } from "./client/chat.ts";
import { LONGEST_MS } from "./client/net/backoff.ts";
import { needsTls, type TlsOptions } from "./client/net/tls.ts";
import type { Identity } from "./client/profile/identity.ts";
import { OriginalChat } from "./client/session/original.ts";
import { SessionChat, type Start } from "./client/session/session.ts";
import { DEFAULTS } from "./room/defaults.ts";
import { ChatError } from "./room/errors.ts";
import { LOBBY } from "./room/lobby.ts";
import type { ModerationCommand } from "./room/moderation.ts";
import { checkName } from "./room/note.ts";
import type { RoomList } from "./room/room_list.ts";
import { formatAddress } from "./text/address.ts";

/** How to join. */
export interface JoinOptions {
  /**
   * The name to speak under: words of letters and digits, up to 64 characters. Default: none, to
   * read only.
   */
  name?: string;
  /** The room: words of letters and digits, up to 64 characters. Default `lobby`. */
  room?: string;
  /** The server: `HOST:PORT` or `unix:PATH`. Default `127.0.0.1:11912`. */
  address?: string;
  /**
   * How to encrypt; `false` for not at all. Default: not on this machine (loopback and Unix
   * sockets), and everywhere else with a server that the public authorities vouch for.
   */
  tls?: TlsOptions | false | undefined;
  /**
   * With how many of the room's newest notes to start. Default: with all that it has, as
   * servers of the original contract always do.
   */
  last?: number;
  /**
   * Where to start instead: at a position, which need not be reached yet, or with the first
   * note of a time (in milliseconds since the Unix epoch) or later.
   */
  since?: { readonly seq: number } | { readonly time: number };
  /** True to end behind the newest note that there is at connecting. Default false. */
  untilNow?: boolean;
  /**
   * True to be no member of the room: nobody sees who reads, and the name is not held.
   * Default: true without a name, which members need, and false with one.
   */
  unlisted?: boolean;
  /** The key that proves whose the name is. Default: none; the name is anybody's then. */
  identity?: Identity | undefined;
  /** What to say to a server that wants a password. Default: nothing. */
  password?: string | undefined;
  /**
   * Hears by what a server without TLS tells itself from others, before anything is proven to
   * it: 32 bytes, the same for as long as it keeps its data. Default: nobody does.
   */
  meet?: ((server: Uint8Array) => Promise<void>) | undefined;
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
    name = "",
    room = LOBBY,
    address = formatAddress(DEFAULTS),
    tls = needsTls(address) ? { trust: { by: "authority" } } : undefined,
    unlisted = name === "",
    untilNow = false,
    identity,
    password,
    meet,
    signal = new AbortController().signal,
  } = options;
  if (name !== "" || !unlisted) checkName(name);
  checkName(room, "Room");
  const timeoutMs = Math.min(options.timeoutMs ?? DEFAULTS.timeoutMs, LONGEST_MS);
  const keepaliveMs = Math.min(options.keepaliveMs ?? DEFAULTS.keepaliveMs, LONGEST_MS);
  const start = toStart(options);
  const common = { name, address, tls, timeoutMs, signal };
  return new AnyChat(
    new SessionChat({
      ...common,
      room,
      start,
      unlisted,
      untilNow,
      identity,
      password,
      meet,
      keepaliveMs,
    }),
    () => {
      // Its contract has one room and brings all of it.
      checkOriginal(room !== LOBBY, `it has no room "${room}"`);
      checkOriginal(options.since !== undefined, "it brings all that it has");
      checkOriginal(untilNow, "it does not tell what is new");
      return new OriginalChat(common);
    },
  );
}

function toStart({ last = Infinity, since }: JoinOptions): Start {
  if (!since) return last === Infinity ? {} : { last };
  return "seq" in since ? { from: since.seq } : { since: since.time };
}

function checkOriginal(refused: boolean, why: string): void {
  if (refused) throw new ChatError("invalid", `This server speaks the original contract: ${why}`);
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

  async say(message: string, manner?: SayOptions): Promise<number | undefined> {
    await this.#known.promise;
    return await this.#chat.say(message, manner);
  }

  async rooms(): Promise<RoomList> {
    await this.#known.promise;
    return await this.#chat.rooms();
  }

  async order(command: ModerationCommand): Promise<ModerationResult> {
    await this.#known.promise;
    return await this.#chat.order(command);
  }

  move(to: MoveOptions): Chat {
    return this.#chat.move(to);
  }
}
